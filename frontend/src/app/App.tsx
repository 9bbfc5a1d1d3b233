/** The composition root of the browser: providers around the router. */
import { MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { type JSX, Suspense } from 'react';
import { ColdStart } from '~/app/ColdStart';
import { router } from '~/app/router';
import { styleNonce } from '~/lib/nonce';
import { queryClient } from '~/lib/query';
import { colorSchemeManager } from '~/lib/theme';
import { HatchDefinition } from '~/ui/MicroBar';
import { theme, variables } from '~/ui/mantine';

export function App(): JSX.Element {
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={variables}
      colorSchemeManager={colorSchemeManager}
      defaultColorScheme="auto"
      getStyleNonce={styleNonce}
    >
      <HatchDefinition />
      <QueryClientProvider client={queryClient}>
        <Suspense fallback={<ColdStart />}>
          <RouterProvider router={router} />
        </Suspense>
      </QueryClientProvider>
    </MantineProvider>
  );
}
