// Waiting for a condition, never for a length of time.
import { setTimeout as pause } from 'node:timers/promises';

/** Asks `probe` again and again until it answers something true, and answers that. */
export async function until(what, probe, { within = 10_000, every = 50 } = {}) {
  const end = Date.now() + within;
  for (;;) {
    const answer = await probe();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`waited ${within} ms in vain: ${what}`);
    await pause(every);
  }
}
