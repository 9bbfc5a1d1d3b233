/** Let a version decide: what it says otherwise than the running one, from when, and why without a simulation. */
import { Input, Textarea } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, client, type Schemas } from '~/lib/api';
import { zoneCity } from '~/lib/format';
import { useFormats } from '~/lib/locale';
import { useNow } from '~/lib/now';
import { useProblems } from '~/lib/problems';
import { useWorkspace } from '~/lib/session';
import { instantIn } from '~/lib/zoned';
import { Button } from '~/ui/Button';
import { Dialog } from '~/ui/Dialog';
import { MomentField } from '~/ui/MomentField';
import { useRuleName } from '~/ui/Provenance';
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
  const { t, i18n } = useTranslation(['rules', 'simulation', 'common']);
  const ruleName = useRuleName();
  const workspace = useWorkspace();
  const queryClient = useQueryClient();
  const says = useProblems();
  const { zone } = useFormats();
  const { found: proof, failed, retry } = useProof(rule.id, version.number);
  const listeners = api.useQuery('get', '/api/v1/{workspace}/supply/rules/listeners', {
    params: { path: { workspace: workspace.slug } },
  });
  const [why, setWhy] = useState('');
  const [from, setFrom] = useState('');
  const [half, setHalf] = useState(false);
  /** An owner enables it without a simulation, for a reason that stays on record. */
  const [overriding, setOverriding] = useState(false);
  const now = useNow(30_000);
  const at = from ? instantIn(from, zone) : null;
  const past = at !== null && Date.parse(at) <= now;
  const enable = useMutation({
    mutationFn: () =>
      client.POST('/api/v1/{workspace}/supply/rules/{rule_id}/enable', {
        params: { path: { workspace: workspace.slug, rule_id: rule.id } },
        body: {
          version: version.number,
          ...(proof ? { simulation_id: proof.id } : { override_reason: why.trim() }),
          activates_at: at,
        },
      }),
    onSuccess: async ({ data }) => {
      await queryClient.invalidateQueries({
        predicate: (query) => String(query.queryKey[1]).includes('/supply/'),
      });
      // From when is what the API set, not what was typed.
      const given = data?.versions.find((one) => one.number === version.number)?.activates_at ?? at;
      onEnabled(given !== null && Date.parse(given) > Date.now() ? given : null);
    },
  });
  return (
    <Dialog
      title={t('enable.title', { name: ruleName(rule.name), version: version.number })}
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
              reason={
                half
                  ? t('enable.half')
                  : past
                    ? t('enable.past')
                    : !proof && why.trim().length < LEAST
                      ? t('enable.whyMissing', { least: LEAST })
                      : null
              }
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
      {failed ? (
        <Notice tone="critical">
          <p>{t('enable.unknown', { why: says.text(failed) })}</p>
          <Button quiet onClick={retry}>
            {t('common:action.retry')}
          </Button>
        </Notice>
      ) : proof === undefined ? (
        <p className="quiet" role="status">
          {t('enable.looking')}
        </p>
      ) : null}
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
        <Input.Wrapper
          className="form-moment"
          labelElement="div"
          label={t('enable.from')}
          description={t('enable.fromHint', { city: zoneCity(zone) })}
          error={half ? t('enable.half') : past ? t('enable.past') : undefined}
        >
          <MomentField
            label={t('enable.from')}
            value={from}
            invalid={past}
            onChange={setFrom}
            onUnread={setHalf}
          />
        </Input.Wrapper>
      ) : null}
      {(proof || overriding) && listeners.data ? (
        <p className="quiet">
          {listeners.data.names.length > 0
            ? t('enable.told', { names: new Intl.ListFormat(i18n.language).format(listeners.data.names) })
            : t('enable.toldNobody')}
        </p>
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
