/** The steps from an empty workspace to the first answered order; each can be left and taken up again. */
import { Link } from '@tanstack/react-router';
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '~/lib/api';
import { useMessage } from '~/lib/messages';
import { useWorkspace } from '~/lib/session';
import { Card } from '~/ui/Card';
import { Icon } from '~/ui/Icon';
import { FailedState, SkeletonCard } from '~/ui/states';
import './SetupChecklist.css';

type Step = Schemas['Setup']['steps'][number];

const PAGES: Record<
  string,
  {
    to:
      | '/$workspace/administration/privacy'
      | '/$workspace/administration/connections'
      | '/$workspace/administration/catalog'
      | '/$workspace/supply/orders';
  }
> = {
  agreement: { to: '/$workspace/administration/privacy' },
  connect: { to: '/$workspace/administration/connections' },
  import_items: { to: '/$workspace/administration/catalog' },
  import_stock: { to: '/$workspace/administration/catalog' },
  first_sync: { to: '/$workspace/administration/connections' },
  first_order: { to: '/$workspace/supply/orders' },
};

/** `leads`: there is nothing else to do on this page yet, so the next step is its main action. */
export function SetupChecklist({ leads }: { leads: boolean }): JSX.Element | null {
  const { t } = useTranslation(['supply', 'status']);
  const message = useMessage();
  const workspace = useWorkspace();
  const setup = api.useQuery('get', '/api/v1/{workspace}/administration/setup', {
    params: { path: { workspace: workspace.slug } },
  });
  if (setup.data?.complete || (setup.isPending && !leads)) return null;
  if (setup.isError) {
    return (
      <FailedState what={t('setup.title')} error={setup.error} onRetry={() => void setup.refetch()} compact />
    );
  }
  if (!setup.data) return <SkeletonCard lines={5} />;
  const { steps } = setup.data;
  const done = steps.filter((step) => step.state === 'done').length;
  const next = steps.find((step) => step.state === 'todo');
  if (!leads) {
    const open = next ?? steps.find((step) => step.state === 'running');
    return open ? (
      <section className="card setup setup-line" aria-label={t('setup.title')}>
        <span className="label">
          {t('setup.title')} · {t('setup.progress', { done, all: steps.length })}
        </span>
        <span className="strong">{t(`setup.step.${open.name}.title`)}</span>
        <span className="label setup-line-text">{t(`setup.step.${open.name}.text`)}</span>
        <StepLink step={open} primary={false} />
      </section>
    ) : null;
  }
  return (
    <div className="setup">
      <Card title={t('setup.title')} aside={t('setup.progress', { done, all: steps.length })}>
        <ol className="setup-steps">
          {steps.map((step, index) => (
            <li key={step.name} className={`setup-step setup-${step.state}`}>
              <span className="setup-mark">{step.state === 'done' ? <Icon name="check" /> : index + 1}</span>
              <div>
                <p className="strong">
                  {t(`setup.step.${step.name}.title`)}
                  <span className="visually-hidden">, {t(`setup.state.${step.state}`)}</span>
                </p>
                <p className="label">
                  {step.detail ? message(step.detail) : t(`setup.step.${step.name}.text`)}
                </p>
              </div>
              <StepLink step={step} primary={leads && step === next} />
            </li>
          ))}
        </ol>
      </Card>
    </div>
  );
}

function StepLink({ step, primary }: { step: Step; primary: boolean }): JSX.Element | null {
  const { t } = useTranslation('supply');
  const workspace = useWorkspace();
  const page = PAGES[step.name];
  if (step.state === 'done' || !page) return null;
  return (
    <Link
      className={primary ? 'button button-primary' : 'button button-plain'}
      to={page.to}
      params={{ workspace: workspace.slug }}
    >
      {t(step.state === 'running' ? 'setup.watch' : `setup.step.${step.name}.action`)}
    </Link>
  );
}
