/** The last lines that a draft would decide, decided anew while it is typed: as it is now, and as it would be. */
import { Link } from '@tanstack/react-router';
import { type JSX, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useMessage } from '~/lib/messages';
import { useWorkspace } from '~/lib/session';
import type { Body } from './fields';

const PAUSE = 400;

export function useEvaluation(ruleId: string | null, body: Body, ready: boolean) {
  const workspace = useWorkspace();
  const [asked, setAsked] = useState(body);
  useEffect(() => {
    if (!ready) return;
    const timer = setTimeout(() => setAsked(body), PAUSE);
    return () => clearTimeout(timer);
  }, [body, ready]);
  return api.useQuery(
    'post',
    '/api/v1/{workspace}/supply/rules/evaluate',
    { params: { path: { workspace: workspace.slug } }, body: { rule_id: ruleId, body: asked } },
    { placeholderData: (before: Schemas['Evaluation'] | undefined) => before },
  );
}

export function Examples({
  evaluation,
  busy,
}: {
  evaluation: Schemas['Evaluation'] | undefined;
  busy: boolean;
}): JSX.Element {
  const { t } = useTranslation(['rules', 'common']);
  const workspace = useWorkspace();
  const message = useMessage();
  return (
    <section aria-label={t('examples.title')} aria-busy={busy}>
      <h3 className="rule-heading">{t('examples.title')}</h3>
      {evaluation && evaluation.examples.length === 0 ? (
        <p className="quiet">
          {evaluation.looked_at === 0
            ? t('examples.noOrders')
            : t('examples.none', { count: evaluation.looked_at })}
        </p>
      ) : null}
      <ul className="rule-examples">
        {(evaluation?.examples ?? []).map((one) => (
          <li key={`${one.order_id}-${one.sequence}`}>
            <Link
              to="/$workspace/supply/orders/$orderId"
              params={{ workspace: workspace.slug, orderId: one.order_id }}
              className="mono"
            >
              {one.po_number}
            </Link>{' '}
            <span className="mono quiet">{one.sku ?? one.asin}</span>
            <Line asked={one.asked} was={one.was} now={one.now} />
            <p className="label">
              {message(one.now.summary)} {one.past ? t('examples.past') : null}
            </p>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Line({
  asked,
  was,
  now,
}: {
  asked: number;
  was: Schemas['RuleOutcome'];
  now: Schemas['RuleOutcome'];
}): JSX.Element {
  const { t } = useTranslation('rules');
  const format = useFormats();
  const words = (of: Schemas['RuleOutcome']) =>
    t(of.held ? 'examples.held' : 'examples.outcome', {
      taken: format.count(of.taken),
      backordered: format.count(of.backordered),
      cut: format.count(of.cut),
    });
  const same =
    was.taken === now.taken &&
    was.backordered === now.backordered &&
    was.cut === now.cut &&
    was.held === now.held;
  return (
    <p className={same ? undefined : 'rule-changed'}>
      {t('examples.asked', { asked: format.count(asked) })} <span className="strong">{words(now)}</span>{' '}
      <span className="quiet">{same ? t('examples.same') : t('examples.was', { was: words(was) })}</span>
    </p>
  );
}
