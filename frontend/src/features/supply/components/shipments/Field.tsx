/** A field of a shipment with what is wrong with it, and a moment in the zone of the warehouse it goes to. */
import type { JSX, ReactNode } from 'react';
import { MomentField } from '~/ui/MomentField';
import { fromField, toField } from './moments';

export function Field({
  label,
  note,
  faults,
  named = false,
  children,
}: {
  label: string;
  /** Where its value comes from. */
  note?: string | undefined;
  faults?: string[] | undefined;
  /** It holds several controls, each with a name of its own. */
  named?: boolean;
  children: ReactNode;
}): JSX.Element {
  const Labelled = named ? 'div' : 'label';
  return (
    <div className={faults ? 'shipment-field shipment-field-wrong' : 'shipment-field'}>
      <Labelled className="shipment-label">
        <span>{label}</span>
        {children}
      </Labelled>
      {note ? <p className="label">{note}</p> : null}
      {(faults ?? []).map((fault) => (
        <p key={fault} className="finding">
          {fault}
        </p>
      ))}
    </div>
  );
}

export function Moment({
  label,
  value,
  zone,
  onChange,
  onUnread,
}: {
  label: string;
  value: string | null;
  zone: string;
  onChange(value: string | null): void;
  onUnread(unread: boolean): void;
}): JSX.Element {
  return (
    <MomentField
      label={label}
      value={toField(value, zone)}
      onChange={(moment) => onChange(fromField(moment, zone))}
      onUnread={onUnread}
    />
  );
}
