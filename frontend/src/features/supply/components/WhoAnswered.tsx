/** Who answered the lines of the last weeks: rules, people, somebody outside OKTee, or nobody in time. */
import { Link } from '@tanstack/react-router';
import type { JSX, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useWorkspace } from '~/lib/session';
import { Card } from '~/ui/Card';
import { Icon, type IconName } from '~/ui/Icon';
import { EmptyState } from '~/ui/states';
import { TableView } from '~/ui/TableView';
import { type Narrowed, toAnswered, toWeek } from './center/places';
import type { OrdersSearch } from './orders_search';

export function WhoAnswered({
  data,
  narrowed,
}: {
  data: Schemas['WhoAnswered'];
  narrowed: Narrowed;
}): JSX.Element {
  const { t } = useTranslation(['supply', 'center']);
  const format = useFormats();
  return (
    <Card title={t('who.title')} aside={t('who.note', { count: data.days })}>
      {data.lines === 0 ? (
        <EmptyState title={t('who.none')}>{t('who.noneText')}</EmptyState>
      ) : (
        <>
          <Share
            to={toAnswered('rules', data.days, narrowed)}
            name={t('who.rules')}
            icon="diamond"
            tone="auto"
            part={data.rules}
            whole={data.lines}
          />
          <Share
            to={toAnswered('people', data.days, narrowed)}
            name={t('who.people')}
            icon="disc"
            tone="people"
            part={data.people}
            whole={data.lines}
          />
          {data.outside > 0 ? (
            <Share
              to={toAnswered('outside', data.days, narrowed)}
              name={t('who.outside')}
              icon="outside"
              tone="outside"
              part={data.outside}
              whole={data.lines}
            />
          ) : null}
          <Share
            to={toAnswered('lapsed', data.days, narrowed)}
            name={t('who.lapsed')}
            icon="clock"
            tone="critical"
            part={data.lapsed}
            whole={data.lines}
          />
          <Weeks weeks={data.weeks} narrowed={narrowed} />
          <TableView
            caption={t('who.title')}
            heads={[t('center:table.week'), ...WHO.map((who) => t(`center:table.${who}`))]}
            rows={data.weeks.map((week) => ({
              key: week.since,
              cells: [
                format.date(week.since),
                ...WHO.map((who) =>
                  week[who] > 0 ? (
                    <WeekLink key={who} who={who} since={week.since} narrowed={narrowed}>
                      {format.count(week[who])}
                    </WeekLink>
                  ) : (
                    format.count(0)
                  ),
                ),
              ],
            }))}
          />
        </>
      )}
    </Card>
  );
}

const WHO = ['rules', 'people', 'outside', 'lapsed'] as const;
const FILLS = { rules: 'auto', people: 'people', outside: 'outside', lapsed: 'critical' } as const;

function WeekLink({
  who,
  since,
  narrowed,
  children,
}: {
  who: string;
  since: string;
  narrowed: Narrowed;
  children: ReactNode;
}): JSX.Element {
  const workspace = useWorkspace();
  return (
    <Link
      className="order-link"
      to="/$workspace/supply/orders"
      params={{ workspace: workspace.slug }}
      search={toWeek(who, since, narrowed)}
    >
      {children}
    </Link>
  );
}

/** One bar of the whole for each week: who answered its lines. */
function Weeks({ weeks, narrowed }: { weeks: Schemas['AnsweredWeek'][]; narrowed: Narrowed }): JSX.Element {
  const { t } = useTranslation('center');
  const format = useFormats();
  const workspace = useWorkspace();
  return (
    <ol className="who-weeks" aria-label={t('weeks')}>
      {weeks.map((week) => {
        const whole = WHO.reduce((sum, who) => sum + week[who], 0);
        const label = t('weekOf', {
          date: format.date(week.since),
          ...Object.fromEntries(WHO.map((who) => [who, format.count(week[who])])),
        });
        let at = 0;
        return (
          <li key={week.since}>
            <Link
              className="who-week"
              to="/$workspace/supply/orders"
              params={{ workspace: workspace.slug }}
              search={toWeek(WHO.join(','), week.since, narrowed)}
              aria-label={label}
              title={label}
            >
              <span className="label">{format.date(week.since)}</span>
              <svg className="share-track" aria-hidden="true" preserveAspectRatio="none">
                <rect className="track" width="100%" height="100%" rx="3" />
                {WHO.map((who) => {
                  const share = whole > 0 ? (week[who] / whole) * 100 : 0;
                  const from = at;
                  at += share;
                  return (
                    <rect
                      key={who}
                      className={`fill-${FILLS[who]}`}
                      x={`${from}%`}
                      width={`${share}%`}
                      height="100%"
                    />
                  );
                })}
              </svg>
            </Link>
          </li>
        );
      })}
    </ol>
  );
}

function Share({
  to,
  name,
  icon,
  tone,
  part,
  whole,
}: {
  to: OrdersSearch;
  name: string;
  icon: IconName;
  tone: 'auto' | 'people' | 'outside' | 'critical';
  part: number;
  whole: number;
}): JSX.Element {
  const format = useFormats();
  const workspace = useWorkspace();
  const share = part / whole;
  const words = tone === 'auto' || tone === 'critical' ? `provenance tone-${tone}` : 'provenance';
  return (
    <>
      <div className="share-row" title={format.count(part)}>
        <span className={words}>
          <Icon name={icon} size={12} /> {name}
        </span>
        <b>
          {part > 0 ? (
            <Link
              className="order-link"
              to="/$workspace/supply/orders"
              params={{ workspace: workspace.slug }}
              search={to}
            >
              {format.percent(share, 0)}
            </Link>
          ) : (
            format.percent(share, 0)
          )}
        </b>
      </div>
      <ShareTrack share={share} fill={tone} />
    </>
  );
}

/** A bar from zero on a track of the whole. */
export function ShareTrack({ share, fill }: { share: number; fill: string }): ReactNode {
  return (
    <svg className="share-track" aria-hidden="true" preserveAspectRatio="none">
      <rect className="track" width="100%" height="100%" rx="3" />
      <rect
        className={`fill-${fill}`}
        width={`${Math.min(1, Math.max(0, share)) * 100}%`}
        height="100%"
        rx="3"
      />
    </svg>
  );
}
