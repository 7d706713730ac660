import { defineConfig } from "vite";

export default defineConfig({
  // Vite would move roamkit.js away from the WebAssembly that lies beside it, while developing.
  optimizeDeps: { exclude: ["roamkit"] },
});
