/** Who answered the lines of the last weeks: rules, people, somebody outside OKTee, or nobody in time. */
import type { JSX, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { Card } from '~/ui/Card';
import { Icon, type IconName } from '~/ui/Icon';
import { EmptyState } from '~/ui/states';

export function WhoAnswered({ data }: { data: Schemas['WhoAnswered'] }): JSX.Element {
  const { t } = useTranslation('supply');
  return (
    <Card title={t('who.title')} aside={t('who.note', { count: data.days })}>
      {data.lines === 0 ? (
        <EmptyState title={t('who.none')}>{t('who.noneText')}</EmptyState>
      ) : (
        <>
          <Share name={t('who.rules')} icon="diamond" tone="auto" part={data.rules} whole={data.lines} />
          <Share name={t('who.people')} icon="disc" tone="people" part={data.people} whole={data.lines} />
          {data.outside > 0 ? (
            <Share
              name={t('who.outside')}
              icon="outside"
              tone="outside"
              part={data.outside}
              whole={data.lines}
            />
          ) : null}
          <Share name={t('who.lapsed')} icon="clock" tone="critical" part={data.lapsed} whole={data.lines} />
        </>
      )}
    </Card>
  );
}

function Share({
  name,
  icon,
  tone,
  part,
  whole,
}: {
  name: string;
  icon: IconName;
  tone: 'auto' | 'people' | 'outside' | 'critical';
  part: number;
  whole: number;
}): JSX.Element {
  const format = useFormats();
  const share = part / whole;
  const words = tone === 'auto' || tone === 'critical' ? `provenance tone-${tone}` : 'provenance';
  return (
    <>
      <div className="share-row" title={format.count(part)}>
        <span className={words}>
          <Icon name={icon} size={12} /> {name}
        </span>
        <b>{format.percent(share, 0)}</b>
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
