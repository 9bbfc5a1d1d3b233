/** Let a version decide: what it says otherwise than the running one, from when, and why without a simulation. */
import { Textarea, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { client, type Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useProblems } from '~/lib/problems';
import { useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { Dialog } from '~/ui/Dialog';
import { Notice } from '~/ui/states';
import { useDeltas } from './Deltas';
import { useProof } from './simulating';
import { Changes } from './Versions';
import type { RuleWords } from './words';

const LEAST = 10;

export function EnableDialog({
  rule,
  version,
  words,
  owner,
  onSimulate,
  unsaved,
  onEnabled,
  onClose,
}: {
  rule: Schemas['RuleDetail'];
  version: Schemas['RuleVersion'];
  words: RuleWords;
  owner: boolean;
  /** Simulate this version, which is what is missing. */
  onSimulate(): void;
  /** What is typed in the editor and not saved: simulating opens that version in its place. */
  unsaved: boolean;
  /** It decides now, or from then on. */
  onEnabled(from: string | null): void;
  onClose(): void;
}): JSX.Element {
  const { t } = useTranslation(['rules', 'simulation', 'common']);
  const workspace = useWorkspace();
  const queryClient = useQueryClient();
  const says = useProblems();
  const proof = useProof(rule.id, version.number);
  const [why, setWhy] = useState('');
  const [from, setFrom] = useState('');
  /** An owner enables it without a simulation, for a reason that stays on record. */
  const [overriding, setOverriding] = useState(false);
  const enable = useMutation({
    mutationFn: () =>
      client.POST('/api/v1/{workspace}/supply/rules/{rule_id}/enable', {
        params: { path: { workspace: workspace.slug, rule_id: rule.id } },
        body: {
          version: version.number,
          ...(proof ? { simulation_id: proof.id } : { override_reason: why.trim() }),
          activates_at: from ? new Date(from).toISOString() : null,
        },
      }),
    onSuccess: async () => {
      await queryClient.invalidateQueries({
        predicate: (query) => String(query.queryKey[1]).includes('/supply/'),
      });
      onEnabled(from ? new Date(from).toISOString() : null);
    },
  });
  return (
    <Dialog
      title={t('enable.title', { name: rule.name, version: version.number })}
      opened
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{t('common:action.cancel')}</Button>
          {proof === null && !overriding ? (
            <Button primary data-autofocus reason={unsaved ? t('enable.unsaved') : null} onClick={onSimulate}>
              {t('enable.simulate', { version: version.number })}
            </Button>
          ) : null}
          {proof || overriding ? (
            <Button
              primary
              busy={enable.isPending}
              reason={!proof && why.trim().length < LEAST ? t('enable.whyMissing', { least: LEAST }) : null}
              onClick={() => enable.mutate()}
            >
              {from ? t('enable.plan') : t('enable.now')}
            </Button>
          ) : null}
        </>
      }
    >
      {enable.isError ? <Notice tone="critical">{says.text(enable.error)}</Notice> : null}
      <p>{words.scope(version.body)}</p>
      {rule.running ? (
        <Changes rule={rule} was={rule.running.number} now={version.number} words={words} />
      ) : (
        <ul className="rule-words">
          {words.does(version.body).map((sentence) => (
            <li key={sentence}>{sentence}</li>
          ))}
        </ul>
      )}
      {proof ? <Proof simulation={proof} /> : null}
      {proof === null && !overriding ? (
        <Notice tone="caution">
          <p>{t('enable.missing', { version: version.number })}</p>
          {owner ? (
            <Button quiet onClick={() => setOverriding(true)}>
              {t('enable.without')}
            </Button>
          ) : (
            <p>{t('enable.ownerMay')}</p>
          )}
        </Notice>
      ) : null}
      {proof === null && overriding ? (
        <>
          <Notice tone="caution">
            {t(version.body.stop?.unproved ? 'enable.override' : 'enable.overrideUnwatched')}
          </Notice>
          <Textarea
            label={t('enable.why')}
            value={why}
            maxLength={500}
            rows={2}
            data-autofocus
            onChange={(event) => setWhy(event.currentTarget.value)}
          />
        </>
      ) : null}
      {proof || overriding ? (
        <TextInput
          label={t('enable.from')}
          description={t('enable.fromHint')}
          type="datetime-local"
          value={from}
          onChange={(event) => setFrom(event.currentTarget.value)}
        />
      ) : null}
    </Dialog>
  );
}

/** What its simulation says that it would change. */
function Proof({ simulation }: { simulation: Schemas['SimulationOut'] }): JSX.Element {
  const { t } = useTranslation('simulation');
  const format = useFormats();
  const rows = useDeltas(simulation, true);
  return (
    <>
      <p className="label">
        {t('proof.lead', {
          days: simulation.days,
          orders: format.count(simulation.orders_simulated),
          at: format.dateTime(simulation.created_at),
        })}
      </p>
      <ul className="rule-words" aria-label={t('table')}>
        {rows.map((row) => (
          <li key={row.name}>
            {t('proof.row', { name: row.name, was: row.was, now: row.now, delta: row.delta })}
          </li>
        ))}
      </ul>
    </>
  );
}
