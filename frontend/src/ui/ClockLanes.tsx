/** Orders by time left: one bar per order, its height the value, in a lane for each class of urgency. */
import type { JSX, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import './ClockLanes.css';

export interface LaneTick {
  key: string;
  /** Share of the largest order on the page, 0 to 1; null where there is no comparable value. */
  height: number;
  label: string;
  onOpen(): void;
}

export interface ClockLane {
  name: string;
  tone: 'critical' | 'caution' | 'plain';
  title: string;
  count: ReactNode;
  value: ReactNode;
  ticks: LaneTick[];
}

/** More bars than this would be thinner than a finger and a line; the count says the rest. */
const SHOWN = 48;
const FULL = 52;
const LEAST = 4;

export function ClockLanes({ lanes }: { lanes: ClockLane[] }): JSX.Element {
  const { t } = useTranslation();
  return (
    <div className="lanes">
      {lanes.map((lane) => (
        <div key={lane.name} className={`lane lane-${lane.tone}`}>
          <b>{lane.title}</b>
          <div className="lane-ticks">
            {lane.ticks.slice(0, SHOWN).map((tick) => (
              // A bar is thinner than a target may be: for the pointer it is a short cut, and the count beside it
              // leads everybody to the same orders.
              <span
                key={tick.key}
                className="lane-tick"
                title={tick.label}
                aria-hidden="true"
                onClick={tick.onOpen}
              >
                <i style={{ height: Math.max(LEAST, Math.round(tick.height * FULL)) }} />
              </span>
            ))}
            {lane.ticks.length > SHOWN ? (
              <span className="label lane-more">{t('lanes.more', { count: lane.ticks.length - SHOWN })}</span>
            ) : null}
          </div>
          <div className="num">
            {lane.count}
            <br />
            <span className="label">{lane.value}</span>
          </div>
        </div>
      ))}
    </div>
  );
}
