// The page behind a link that ends in #action=lk_once_…

/** Takes the action token out of the fragment, and the fragment out of the address bar and the history. */
export function takeActionToken() {
  const token = new URLSearchParams(location.hash.slice(1)).get("action");
  if (token) history.replaceState(history.state, "", location.pathname + location.search);
  return token;
}

/** Swaps it, once: { access_token, token_type, expires_in, scope }. `latchkey` is the portal's URL. */
export async function redeemActionToken(latchkey, token) {
  const answer = await fetch(`${latchkey}/v1/action-tokens/redeem`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ token }),
    credentials: "omit",
    cache: "no-store",
    referrerPolicy: "no-referrer",
  });
  if (answer.ok) return answer.json();
  // 400: used already, over or revoked; everything else may be tried again
  throw new Error(answer.status === 400 ? "This link is good no more." : "Try again in a moment.");
}
