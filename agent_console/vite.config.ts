import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

/** Ant Design writes its styles through these two modules; ours does the same under `default-src 'self'`. */
function stylesUnderStrictCsp(): Plugin {
  const ours = fileURLToPath(new URL("./src/csp/adoptedStyles.ts", import.meta.url));
  return {
    name: "styles-under-strict-csp",
    enforce: "pre",
    apply: "build",
    resolveId(source) {
      return /(^|\/)Dom\/dynamicCSS$/.test(source) ? ours : null;
    },
  };
}

export default defineConfig({
  plugins: [stylesUnderStrictCsp(), react()],
  build: {
    outDir: "../contact_center/web/static",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1500,
  },
  server: {
    proxy: {
      "/api": { target: process.env["CC_CONSOLE_API"] ?? "http://127.0.0.1:8080", ws: true },
    },
  },
  test: { include: ["tests/**/*.test.ts"], environment: "node" },
} as Parameters<typeof defineConfig>[0]);
