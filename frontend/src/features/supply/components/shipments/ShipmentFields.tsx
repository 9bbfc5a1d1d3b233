/** What a shipment says of itself: kind, dates, where it leaves, who carries it, what it weighs. */
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '~/lib/api';
import type { Unread } from '~/ui/unread';
import { Field, Moment } from './Field';
import { decimal, type ShipmentForm } from './shipment_form';

const TYPES = ['TruckLoad', 'LessThanTruckLoad', 'SmallParcel'] as const;
const TRANSPORT = ['Road', 'Air', 'Ocean'] as const;
const ADDRESS = ['name', 'line1', 'postal_code', 'city', 'country_code'] as const;
const CARRIER = ['carrier_scac', 'carrier_reference', 'bill_of_lading'] as const;

export function ShipmentFields({
  page,
  form,
  collect,
  fixed,
  found,
  unread,
  onChange,
}: {
  page: Schemas['OrderShipments'];
  form: ShipmentForm;
  /** Amazon fetches it. */
  collect: boolean;
  /** The identifier was sent already. */
  fixed: boolean;
  found: ReadonlyMap<string, string[]>;
  unread: Unread;
  onChange(change: Partial<ShipmentForm>): void;
}): JSX.Element {
  const { t } = useTranslation(['shipments', 'common']);
  const from = form.ship_from;
  const proposed = (is: boolean | undefined): string | undefined => (is ? t('proposed') : undefined);
  const moments = [...(collect ? (['pickup_at'] as const) : []), 'ship_at', 'deliver_at'] as const;
  const codes = page.warehouses.map((one) => one.code);
  return (
    <div className="shipment-fields">
      <Field label={t('field.identifier')} faults={found.get('/identifier')}>
        <input
          value={form.identifier}
          readOnly={fixed}
          onChange={(event) => onChange({ identifier: event.target.value })}
        />
      </Field>
      <Field label={t('field.shipment_type')} faults={found.get('/shipment_type')}>
        <select
          value={form.shipment_type ?? ''}
          onChange={(event) =>
            onChange({ shipment_type: (event.target.value || null) as ShipmentForm['shipment_type'] })
          }
        >
          <option value="">–</option>
          {TYPES.map((type) => (
            <option key={type} value={type}>
              {t(`type.${type}`)}
            </option>
          ))}
        </select>
      </Field>
      <Field label={t('field.transportation_mode')}>
        <select
          value={form.transportation_mode ?? 'Road'}
          onChange={(event) =>
            onChange({
              transportation_mode: event.target.value as NonNullable<ShipmentForm['transportation_mode']>,
            })
          }
        >
          {TRANSPORT.map((mode) => (
            <option key={mode} value={mode}>
              {t(`transport.${mode}`)}
            </option>
          ))}
        </select>
      </Field>
      {moments.map((name) => (
        <Field
          key={name}
          named
          label={t(`field.${name}`)}
          faults={unread.has(name) ? [t('common:day.unread')] : found.get(`/${name}`)}
        >
          <Moment
            label={t(`field.${name}`)}
            value={form[name] ?? null}
            zone={page.time_zone}
            onChange={(at) => onChange({ [name]: at })}
            onUnread={unread.at(name)}
          />
        </Field>
      ))}
      {codes.length > 0 || form.warehouse ? (
        <Field label={t('field.warehouse')} faults={found.get('/warehouse')}>
          <select
            value={form.warehouse ?? ''}
            onChange={(event) => {
              const chosen = page.warehouses.find((one) => one.code === event.target.value);
              onChange({
                warehouse: event.target.value || null,
                ...(chosen ? { ship_from: { ...chosen.ship_from } } : {}),
              });
            }}
          >
            <option value="">–</option>
            {[...(form.warehouse && !codes.includes(form.warehouse) ? [form.warehouse] : []), ...codes].map(
              (code) => (
                <option key={code} value={code}>
                  {code}
                </option>
              ),
            )}
          </select>
        </Field>
      ) : null}
      <Field label={t('field.party_id')} faults={found.get('/ship_from/party_id')}>
        <input
          value={from.party_id ?? ''}
          maxLength={40}
          onChange={(event) => onChange({ ship_from: { ...from, party_id: event.target.value } })}
        />
      </Field>
      {ADDRESS.map((name) => (
        <Field key={name} label={t(`address.${name}`)} faults={found.get(`/ship_from/${name}`)}>
          <input
            value={from[name] ?? ''}
            maxLength={name === 'country_code' ? 2 : name === 'line1' ? 120 : 80}
            onChange={(event) =>
              onChange({
                ship_from: {
                  ...from,
                  [name]: name === 'country_code' ? event.target.value.toUpperCase() : event.target.value,
                },
              })
            }
          />
        </Field>
      ))}
      {CARRIER.map((name) => (
        <Field key={name} label={t(`field.${name}`)} faults={found.get(`/${name}`)}>
          <input
            value={form[name] ?? ''}
            maxLength={name === 'carrier_scac' ? 10 : 80}
            onChange={(event) => onChange({ [name]: event.target.value || null })}
          />
        </Field>
      ))}
      <Field
        label={t('field.weight_kg')}
        note={proposed(form.weight_proposed)}
        faults={found.get('/weight_kg')}
      >
        <input
          inputMode="decimal"
          value={form.weight_kg ?? ''}
          onChange={(event) => onChange({ weight_kg: decimal(event.target.value), weight_proposed: false })}
        />
      </Field>
      <Field
        label={t('field.volume_m3')}
        note={proposed(form.volume_proposed)}
        faults={found.get('/volume_m3')}
      >
        <input
          inputMode="decimal"
          value={form.volume_m3 ?? ''}
          onChange={(event) => onChange({ volume_m3: decimal(event.target.value), volume_proposed: false })}
        />
      </Field>
    </div>
  );
}
