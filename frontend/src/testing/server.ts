/** The network of the tests: each test declares the answers it needs, anything else is an error. */
import { HttpResponse, http } from 'msw';
import { setupServer } from 'msw/node';

export const server = setupServer(
  // Said once more while a page is left, after the test that opened it has ended.
  http.put('*/supply/orders/*/presence', () => HttpResponse.json({ editors: [] })),
);
