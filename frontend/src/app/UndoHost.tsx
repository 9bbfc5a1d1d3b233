/** The ways back that are open now, whichever page offered them. */
import { useMutation } from '@tanstack/react-query';
import { type JSX, useEffect } from 'react';
import { useProblems } from '~/lib/problems';
import { forgetUndo, type Offered, useOffers, withdrawUndo } from '~/lib/undo';
import { UndoToast } from '~/ui/UndoToast';

export function UndoHost(): JSX.Element {
  const offers = useOffers();
  useEffect(() => forgetUndo, []);
  return (
    <>
      {offers.map((deed) => (
        <Offer key={deed.key} deed={deed} />
      ))}
    </>
  );
}

function Offer({ deed }: { deed: Offered }): JSX.Element {
  const problems = useProblems();
  const back = useMutation({ mutationFn: () => deed.back(), onSuccess: () => withdrawUndo(deed) });
  return (
    <UndoToast
      said={back.isError ? problems.text(back.error) : deed.said}
      busy={back.isPending}
      failed={back.isError}
      onUndo={() => back.mutate()}
      onOver={() => withdrawUndo(deed)}
    />
  );
}
