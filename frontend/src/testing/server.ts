/** The network of the tests: each test declares the answers it needs, anything else is an error. */
import { setupServer } from 'msw/node';

export const server = setupServer();
