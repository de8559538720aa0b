// Starts the WebAssembly module. `assets` is defined by shell.rs. The page is complete without it: whatever fails here
// only makes it a page without script.
const { js, wasm, chunks, loadAll } = assets;

const start = async () => {
  // Wait for the first paint, so that the downloads do not compete with it. A hidden page is never painted.
  if (!document.hidden && PerformanceObserver.supportedEntryTypes.includes("paint")) {
    await new Promise((painted) => new PerformanceObserver(painted).observe({ type: "paint", buffered: true }));
  }
  // Download everything in parallel, and by script only: a browser without script downloads none of it.
  for (const href of chunks) {
    document.head.append(
      Object.assign(document.createElement("link"), { rel: "preload", as: "fetch", crossOrigin: "anonymous", href }),
    );
  }
  const module_or_path = fetch(wasm);
  const { default: init, load_page, hydrate, load_all } = await import(js);
  await init({ module_or_path });
  await load_page();
  // Hydrating takes longest. As a task of its own, it begins after whatever the person has done meanwhile.
  await new Promise((resolve) => setTimeout(resolve));
  hydrate();
  // Chunks for the next click.
  if (loadAll && !navigator.connection?.saveData) (self.requestIdleCallback ?? setTimeout)(load_all);
};

start().catch((error) => {
  // Leaving the page also aborts its downloads. The delay keeps the notice from flashing then.
  setTimeout(() => (document.documentElement.dataset.hydration = "failed"), 300);
  throw error;
});
