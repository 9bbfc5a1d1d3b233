/** The states of a page that is not full of data: loading, first use, nothing to do, filtered away, failed, denied. */
import { type JSX, type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem } from '~/lib/api';
import { useProblems } from '~/lib/problems';
import type { Permission } from '~/lib/session';
import { Button } from '~/ui/Button';
import { Icon } from '~/ui/Icon';
import { PageHeader } from '~/ui/PageHeader';
import './states.css';

/** What stands where the data will be: why it is empty, and the one action that fills it. */
export function EmptyState({
  title,
  children,
  action,
}: {
  title: string;
  children?: ReactNode;
  action?: ReactNode;
}): JSX.Element {
  return (
    <div className="empty">
      <p className="empty-title">{title}</p>
      {children ? <div className="empty-text">{children}</div> : null}
      {action ? <div className="empty-action">{action}</div> : null}
    </div>
  );
}

/** Shows the skeleton only when loading takes longer than an eye notices. */
export function Delayed({ children, ms = 150 }: { children: ReactNode; ms?: number }): ReactNode {
  const [due, setDue] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setDue(true), ms);
    return () => clearTimeout(timer);
  }, [ms]);
  return due ? children : null;
}

export function Skeleton({
  width = '100%',
  height = 12,
}: {
  width?: number | string;
  height?: number;
}): JSX.Element {
  return <span className="skeleton" style={{ width, height }} />;
}

export function SkeletonCard({ lines = 4 }: { lines?: number }): JSX.Element {
  const { t } = useTranslation();
  return (
    <div className="card" aria-busy="true">
      <span className="visually-hidden">{t('state.loading')}</span>
      <Delayed>
        <div className="skeleton-lines">
          {Array.from({ length: lines }, (_, index) => (
            <Skeleton key={index} width={`${92 - ((index * 17) % 40)}%`} height={14} />
          ))}
        </div>
      </Delayed>
    </div>
  );
}

/** A part that failed says what failed, that nothing is lost, and how to name it to support. */
export function FailedState({
  what,
  error,
  onRetry,
  compact = false,
}: {
  what: string;
  error: unknown;
  onRetry?: () => void;
  compact?: boolean;
}): JSX.Element {
  const { t } = useTranslation();
  const problems = useProblems();
  const problem = error instanceof ApiProblem ? error : null;
  if (problem?.status === 403) return <DeniedState what={what} problem={problem} />;
  // Of a failure of our own, and of what is missing, the sentence above says all there is.
  const why = problem && ![0, 404, 500].includes(problem.status) ? problems.text(problem) : null;
  return (
    <div className={compact ? 'empty empty-compact' : 'empty'} role="alert">
      <p className="empty-title tone-critical">
        <Icon name="bang" /> {t('state.failed.title', { what })}
      </p>
      <div className="empty-text">
        <p>{problem?.status === 404 ? t('state.failed.missing') : t(`state.failed.${reachable(problem)}`)}</p>
        {why ? <p className="label">{why}</p> : null}
        {problem?.requestId ? (
          <p className="label">
            {t('state.failed.reference')} <span className="mono">{problem.requestId}</span>
          </p>
        ) : null}
      </div>
      {onRetry ? (
        <div className="empty-action">
          <Button onClick={onRetry}>{t('action.retry')}</Button>
        </div>
      ) : null}
    </div>
  );
}

function reachable(problem: ApiProblem | null): 'offline' | 'server' {
  return problem?.status === 0 ? 'offline' : 'server';
}

function DeniedState({ what, problem }: { what: string; problem: ApiProblem }): JSX.Element {
  const { t } = useTranslation();
  const problems = useProblems();
  return (
    <EmptyState title={t('state.denied.title', { what })}>
      <p>{problems.text(problem)}</p>
    </EmptyState>
  );
}

/** A page the reader's role does not open: what it answers, and the permission that is missing. */
export function DeniedPage({
  title,
  answers,
  permission,
}: {
  title: string;
  answers: string;
  permission: Permission;
}): JSX.Element {
  const { t } = useTranslation();
  return (
    <>
      <PageHeader title={title} />
      <EmptyState title={t('state.denied.title', { what: title })}>
        <p>{answers}</p>
        <p>{t('state.denied.text')}</p>
        <p className="mono">{permission}</p>
      </EmptyState>
    </>
  );
}

/** A line above the page's data: something is old, paused or only partly there. */
export function Notice({
  tone,
  children,
  action,
}: {
  tone: 'caution' | 'critical' | 'progress' | 'positive' | 'neutral';
  children: ReactNode;
  action?: ReactNode;
}): JSX.Element {
  return (
    <div className={`notice notice-${tone}`} role={tone === 'critical' ? 'alert' : 'status'}>
      <Icon name={tone === 'positive' ? 'check' : tone === 'progress' ? 'half' : 'bang'} />
      <div className="notice-text">{children}</div>
      {action}
    </div>
  );
}

/** The 2 px line that says rows are being fetched again while the old ones stay. */
export function ProgressLine({ active }: { active: boolean }): JSX.Element {
  return <div className={active ? 'progress-line progress-line-on' : 'progress-line'} aria-hidden="true" />;
}
