import init, * as mod from "/pkg/latchkey.js";
await init({ module_or_path: "/pkg/latchkey.wasm" });
mod.hydrate();
for (const island of document.querySelectorAll("leptos-island")) await mod[island.dataset.component]?.(island);
