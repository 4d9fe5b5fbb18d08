"""Gives the demo organisation a past, for pictures: past.py DATABASE repeats the calls of this hour over the last day,
more by day than by night."""

import math
import sqlite3
import sys

HOUR_MS = 3_600_000
COLUMNS = "credential, generation, holder, api_id, api_owner, outcome"

database = sqlite3.connect(sys.argv[1], timeout=10, isolation_level=None)
database.execute("BEGIN IMMEDIATE")
rows = database.execute(f"SELECT starts_at, n, {COLUMNS} FROM usage_hours").fetchall()
for starts_at, calls, *who in rows:
    for back in range(1, 24):
        busy = 0.55 + 0.4 * math.sin((back + 4) / 24 * 2 * math.pi) + 0.08 * math.sin(back * 2.3 + len(who[5]))
        then, count = starts_at - back * HOUR_MS, max(1, round(calls * busy))
        database.execute(f"INSERT OR IGNORE INTO usage_hours (starts_at, n, {COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (then, count, *who))
database.execute("COMMIT")
