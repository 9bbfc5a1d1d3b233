import { fileURLToPath } from 'node:url';
import { tanstackRouter } from '@tanstack/router-plugin/vite';
import react from '@vitejs/plugin-react';
import type { ProxyOptions } from 'vite';
import { defineConfig } from 'vitest/config';

/** Where the API listens while `npm run dev` serves the pages. */
const api = process.env.OKTEE_API ?? 'http://127.0.0.1:8000';

/**
 * The API takes unsafe requests from its own pages only. `make dev` tells it that this server's pages are its own; for
 * an API that was started otherwise, OKTEE_ORIGIN names the origin it knows.
 */
const speakFor: ProxyOptions['configure'] = (proxy) => {
  const origin = process.env.OKTEE_ORIGIN;
  if (!origin) return;
  proxy.on('proxyReq', (request) => {
    if (request.getHeader('origin')) request.setHeader('origin', origin);
  });
};

export default defineConfig({
  plugins: [tanstackRouter({ target: 'react', autoCodeSplitting: true, quoteStyle: 'single' }), react()],
  resolve: { alias: { '~': fileURLToPath(new URL('./src', import.meta.url)) } },
  // The API replaces the literal in index.html with a nonce per response (Content-Security-Policy).
  html: { cspNonce: '__CSP_NONCE__' },
  build: {
    outDir: 'dist',
    // A data: URI would need an exception in the Content-Security-Policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    proxy: Object.fromEntries(
      ['/api', '/oauth', '/staff/api', '/tiles'].map((path) => [
        path,
        { target: api, configure: speakFor } satisfies ProxyOptions,
      ]),
    ),
  },
  test: {
    environment: 'happy-dom',
    environmentOptions: { happyDOM: { url: 'http://localhost:3000/' } },
    include: ['src/**/*.test.{ts,tsx}'],
    setupFiles: ['src/testing/setup.ts'],
    css: false,
    restoreMocks: true,
    testTimeout: 60_000,
  },
});
