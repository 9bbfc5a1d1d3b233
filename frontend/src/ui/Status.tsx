/** A state as a glyph, a word and a tone, never one of them alone. */
import type { JSX, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Icon, type IconName } from '~/ui/Icon';
import './Status.css';

export type Tone = 'positive' | 'caution' | 'critical' | 'progress' | 'auto' | 'neutral';

/** The vocabulary of the whole product; a word that the API may add later is shown as it came, in a neutral tone. */
const VOCABULARY: Record<string, { tone: Tone; glyph: IconName; struck?: boolean }> = {
  to_confirm: { tone: 'caution', glyph: 'clock' },
  scheduled: { tone: 'auto', glyph: 'diamond' },
  held: { tone: 'caution', glyph: 'hand' },
  sending: { tone: 'progress', glyph: 'arrow' },
  processing: { tone: 'progress', glyph: 'half' },
  confirmed: { tone: 'positive', glyph: 'check' },
  partly_confirmed: { tone: 'positive', glyph: 'check-bar' },
  rejected: { tone: 'neutral', glyph: 'minus', struck: true },
  send_failed: { tone: 'critical', glyph: 'bang' },
  mismatch: { tone: 'critical', glyph: 'not-equal' },
  changed: { tone: 'caution', glyph: 'triangle' },
  cancelled: { tone: 'neutral', glyph: 'triangle-struck', struck: true },
  late: { tone: 'critical', glyph: 'clock-bang' },
  receiving: { tone: 'progress', glyph: 'pallet' },
  received: { tone: 'positive', glyph: 'pallet' },
  short: { tone: 'critical', glyph: 'pallet' },
  closed: { tone: 'neutral', glyph: 'lock' },
};

export function Status({ status, detail }: { status: string; detail?: ReactNode }): JSX.Element {
  const { t } = useTranslation('status');
  const known = VOCABULARY[status];
  return (
    <Tag tone={known?.tone ?? 'neutral'} glyph={known?.glyph ?? 'question'}>
      <span className={known?.struck ? 'status-struck' : undefined}>
        {t(`order.${status}`, { defaultValue: status.replaceAll('_', ' ') })}
      </span>
      {detail ? (
        <span
          className="status-detail"
          title={typeof detail === 'string' ? detail.replace(/^· /, '') : undefined}
        >
          {detail}
        </span>
      ) : null}
    </Tag>
  );
}

export function Tag({
  tone,
  glyph,
  children,
}: {
  tone: Tone;
  glyph?: IconName;
  children: ReactNode;
}): JSX.Element {
  return (
    <span className={`tag tag-${tone}`}>
      {glyph ? <Icon name={glyph} size={12} /> : null}
      {children}
    </span>
  );
}
