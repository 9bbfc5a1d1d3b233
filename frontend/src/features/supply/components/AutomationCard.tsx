/** Who sends the answers: nobody by itself, the rules after a delay, or the rules at once. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, client, type Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useMessage } from '~/lib/messages';
import { useDenied } from '~/lib/reason';
import { useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { Card } from '~/ui/Card';
import { Dialog } from '~/ui/Dialog';
import { Icon } from '~/ui/Icon';
import { Notice } from '~/ui/states';
import './AutomationCard.css';
import { FallbackLine } from './FallbackLine';
import { ReviewSheet } from './ReviewSheet';
import { isReady } from './sheet_orders';

type Automation = Schemas['AutomationInfo'];
type Mode = Automation['mode'];

const MODES: Mode[] = ['suggest', 'delayed', 'at_once'];
const LONGEST_DELAY = 720;

export function AutomationCard({ automation }: { automation: Automation }): JSX.Element {
  const { t } = useTranslation(['supply', 'common', 'doors']);
  const format = useFormats();
  const message = useMessage();
  const workspace = useWorkspace();
  const queryClient = useQueryClient();
  const denied = useDenied('rules.write');
  const mayNotConfirm = useDenied('orders.confirm');
  const path = { workspace: workspace.slug };
  const [asked, setAsked] = useState<Mode | null>(null);
  const [minutes, setMinutes] = useState(String(automation.delay_minutes || 20));
  const reread = () =>
    queryClient.invalidateQueries({ predicate: (query) => String(query.queryKey[1]).includes('/supply/') });

  const change = useMutation({
    mutationFn: (mode: Mode) =>
      client.PUT('/api/v1/{workspace}/supply/automation', {
        params: { path },
        body: { mode, delay_minutes: mode === 'delayed' ? Number(minutes) : automation.delay_minutes },
      }),
    onSuccess: async () => {
      await reread();
      setAsked(null);
    },
  });
  const [reviewing, setReviewing] = useState(false);
  const waiting = api.useQuery(
    'get',
    '/api/v1/{workspace}/supply/orders',
    { params: { path, query: { view: 'waiting', sort: 'clock', limit: 200 } } },
    { enabled: reviewing },
  );
  // What the rules proposed before automation was there, and nobody answered: the same orders the API counts.
  const before = (waiting.data?.rows ?? []).filter(
    (order) => isReady(order) && order.status === 'to_confirm' && order.answered_by === null,
  );
  const resume = useMutation({
    mutationFn: (pause: Automation['paused'][number]) =>
      client.DELETE('/api/v1/{workspace}/supply/automation/pauses/{connection_id}/{vendor_code}', {
        params: { path: { ...path, connection_id: pause.connection_id, vendor_code: pause.vendor_code } },
      }),
    onSuccess: reread,
  });

  const reason = denied ?? (automation.can_change ? null : t('automation.cannot'));
  const minutesValid = /^\d+$/.test(minutes) && Number(minutes) >= 1 && Number(minutes) <= LONGEST_DELAY;
  return (
    <Card
      title={t('automation.title')}
      aside={
        automation.since
          ? t('automation.since', {
              at: format.dateTime(automation.since),
              who: automation.changed_by ?? t('common:actor.system'),
            })
          : null
      }
    >
      <fieldset className="modes">
        <legend className="visually-hidden">{t('automation.title')}</legend>
        {MODES.map((mode) => (
          <label key={mode} className="mode" title={reason ?? undefined}>
            <input
              type="radio"
              name="automation-mode"
              checked={automation.mode === mode}
              aria-disabled={reason ? true : undefined}
              aria-describedby={`mode-${mode}`}
              onChange={() => {
                if (!reason) setAsked(mode);
              }}
            />
            <span>
              <span className="strong">
                {t(`automation.mode.${mode}`, { minutes: automation.delay_minutes })}
              </span>
              <span id={`mode-${mode}`} className="label mode-text">
                {t(`automation.text.${mode}`)}
              </span>
            </span>
          </label>
        ))}
      </fieldset>
      {reason ? <p className="label">{reason}</p> : null}
      {automation.mode === 'delayed' ? (
        <Button quiet reason={reason} onClick={() => setAsked('delayed')}>
          {t('automation.changeDelay', { minutes: automation.delay_minutes })}
        </Button>
      ) : null}
      {automation.mode !== 'suggest' && automation.waiting_before > 0 ? (
        <div className="mode-also">
          <p className="label">{t('automation.before', { count: automation.waiting_before })}</p>
          <Button
            reason={mayNotConfirm}
            busy={reviewing && waiting.isFetching}
            onClick={() => setReviewing(true)}
          >
            {t('doors:also.review', { count: automation.waiting_before })}
          </Button>
          {reviewing && waiting.isError ? (
            <p className="tone-critical" role="alert">
              {t('doors:also.failed')}
            </p>
          ) : null}
        </div>
      ) : null}
      <ReviewSheet
        orders={before}
        opened={reviewing && waiting.data !== undefined}
        onClose={() => setReviewing(false)}
        handOver={{
          minutes: automation.mode === 'delayed' ? automation.delay_minutes : 0,
          all: automation.waiting_before,
        }}
      />
      <FallbackLine automation={automation} />
      {automation.paused.length > 0 ? (
        <ul className="pauses">
          {automation.paused.map((pause) => (
            <li key={`${pause.connection_id}-${pause.vendor_code}`}>
              <Icon name="hand" size={12} />
              <span>
                <span className="strong">{t('automation.paused', { code: pause.vendor_code })}</span>{' '}
                {message(pause.reason)}
              </span>
              <Button quiet reason={reason} busy={resume.isPending} onClick={() => resume.mutate(pause)}>
                {t('automation.resume')}
              </Button>
            </li>
          ))}
        </ul>
      ) : null}
      <Dialog
        title={t('automation.askTitle')}
        opened={asked !== null}
        onClose={() => setAsked(null)}
        footer={
          <>
            <Button onClick={() => setAsked(null)}>{t('common:action.cancel')}</Button>
            <Button
              primary
              busy={change.isPending}
              reason={
                asked === 'delayed' && !minutesValid
                  ? t('automation.minutesBad', { most: LONGEST_DELAY })
                  : null
              }
              onClick={() => asked && change.mutate(asked)}
            >
              {asked ? t(`automation.submit.${asked}`, { minutes }) : ''}
            </Button>
          </>
        }
      >
        {change.isError ? <Notice tone="critical">{t('automation.failed')}</Notice> : null}
        {asked ? <p>{t(`automation.ask.${asked}`)}</p> : null}
        {asked && asked !== 'suggest' ? <p className="quiet">{t('automation.askNever')}</p> : null}
        {asked === 'delayed' ? (
          <label className="mode-minutes">
            {t('automation.minutes')}
            <input
              className="field"
              inputMode="numeric"
              value={minutes}
              onChange={(event) => setMinutes(event.target.value)}
            />
          </label>
        ) : null}
      </Dialog>
    </Card>
  );
}
