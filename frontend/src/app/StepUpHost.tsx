/** Where the one step-up dialog appears: it is loaded when the API first asks for a fresh factor. */
import { useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { type JSX, lazy, Suspense, useEffect, useRef, useState } from 'react';
import { meQuery } from '~/lib/session';
import { answerStepUp, onSessionOwes } from '~/lib/step_up';

const StepUpDialog = lazy(() => import('~/features/access/step_up'));

export function StepUpHost(): JSX.Element | null {
  const queryClient = useQueryClient();
  const router = useRouter();
  const [open, setOpen] = useState(false);
  const settle = useRef<((proved: boolean) => void) | null>(null);

  useEffect(
    () =>
      answerStepUp(
        () =>
          new Promise((resolve) => {
            settle.current = resolve;
            setOpen(true);
          }),
      ),
    [],
  );

  useEffect(
    () =>
      onSessionOwes(() => {
        void queryClient.fetchQuery({ ...meQuery, staleTime: 0 }).then(
          (me) => {
            if (me.next !== null) void router.invalidate();
          },
          () => undefined,
        );
      }),
    [queryClient, router],
  );

  const end = (proved: boolean): void => {
    setOpen(false);
    settle.current?.(proved);
    settle.current = null;
  };
  if (!open) return null;
  return (
    <Suspense>
      <StepUpDialog onEnd={end} />
    </Suspense>
  );
}
