import { fileURLToPath } from 'node:url';
import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vite';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** `HUIYING_DEV_GATEWAY` names a running gateway for `vite dev`; the built dashboard is served by the gateway itself. */
const gateway = process.env['HUIYING_DEV_GATEWAY'] ?? 'http://127.0.0.1:3000';

// Whoever builds (a test runner too), what is built is the production form.
if (process.argv.includes('build')) process.env['NODE_ENV'] = 'production';

export default defineConfig({
  root: here('.'),
  plugins: [vue()],
  resolve: { alias: { '@app/domain': here('../../libs/domain/src/index.ts') } },
  build: {
    outDir: here('../../dist/dashboard'),
    emptyOutDir: true,
    target: 'es2022',
    // No inline script or data: module preload shim, so that the CSP can forbid inline scripts.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
  },
  server: {
    proxy: {
      '/api': gateway,
      '/health': gateway,
      '/socket.io': { target: gateway, ws: true },
    },
  },
});
