/** The form of a shipment: what is wrong is found while it is typed, and says the charge it would bring. */
import { useMutation } from '@tanstack/react-query';
import { Fragment, type JSX, type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useNow } from '~/lib/now';
import { useProblems } from '~/lib/problems';
import { Button } from '~/ui/Button';
import { Dialog } from '~/ui/Dialog';
import { Notice } from '~/ui/states';
import { Containers } from './Containers';
import { counted } from './grouped';
import { fromField, toField } from './moments';
import {
  byField,
  findingWords,
  formOf,
  ordersOf,
  placeOf,
  type Shipment,
  type ShipmentForm,
  withUnits,
} from './shipment_form';
import { useShipmentActions } from './use_shipment';

type Page = Schemas['OrderShipments'];
type Act = 'save' | 'send' | 'depart' | 'cancel' | 'discard' | 'pack' | 'one_carton' | 'pallets';
const PAUSE_MS = 400;
const TYPES = ['TruckLoad', 'LessThanTruckLoad', 'SmallParcel'] as const;

export function ShipmentEditor({
  page,
  shipment,
  denied,
  replacing,
  onDone,
}: {
  page: Page;
  shipment: Shipment;
  denied: string | null;
  replacing: boolean;
  onDone(): void;
}): JSX.Element {
  const { t } = useTranslation(['shipments', 'common', 'doors']);
  const format = useFormats();
  const problems = useProblems();
  const [form, setForm] = useState<ShipmentForm>(() => formOf(shipment));
  const [checked, setChecked] = useState<Schemas['ShipmentFindings'] | null>(shipment.findings);
  const [perPallet, setPerPallet] = useState('');
  /** What was pressed while something speaks against it. */
  const [doubting, setDoubting] = useState<'send' | 'depart' | null>(null);
  const actions = useShipmentActions(page, shipment);
  const now = useNow(30_000);
  const collect = page.freight === 'collect' || shipment.freight === 'collect';
  const asking = collect && shipment.transport !== 'seen';
  const dirty = JSON.stringify(form) !== JSON.stringify(formOf(shipment));
  const { check } = actions;
  // biome-ignore lint/correctness/useExhaustiveDependencies: `check` is made anew each time and means the same.
  useEffect(() => {
    if (!dirty) {
      setChecked(shipment.findings);
      return undefined;
    }
    let overtaken = false;
    const timer = setTimeout(() => {
      check(form).then(
        (found) => found && !overtaken && setChecked(found),
        () => undefined,
      );
    }, PAUSE_MS);
    return () => {
      overtaken = true;
      clearTimeout(timer);
    };
  }, [form, dirty, shipment.findings]);

  const doubts = (asking ? checked?.transport : checked?.confirmation) ?? [];
  // What is confirmed when it departs need not be told that it has not departed; sent now, it is asked all the same.
  const besides = doubts.filter((one) => one.code !== 'not_departed');
  const found = shipment.send_at === null ? doubts : besides;
  const asked = doubting === 'depart' ? besides : doubts;
  const text = (one: Schemas['ShipmentFinding']): string => findingWords(t, one);
  const texts = new Map([...byField(found)].map(([at, ones]) => [at, ones.map(text)]));
  const blocked = found.filter((one) => one.blocking).length;

  const acting = useMutation({
    mutationFn: async (act: Act) => {
      if (act === 'discard') return actions.discard(shipment.version);
      let version = shipment.version;
      if (dirty && act !== 'cancel') {
        const fresh = await actions.put(form);
        version = fresh?.shipments.find((one) => one.id === shipment.id)?.version ?? version;
        if (act === 'save') return actions.store(fresh);
      }
      if (act === 'pack' || act === 'one_carton' || act === 'pallets') {
        const cartons_per_pallet = Number.parseInt(perPallet, 10) || null;
        return actions.pack({ version, mode: act === 'pack' ? 'by_case' : act, cartons_per_pallet });
      }
      if (act === 'depart') return actions.setTimer(version);
      await actions.submit({
        version,
        kind: act === 'cancel' || asking ? 'transport' : 'confirmation',
        cancel: act === 'cancel',
      });
      await actions.reread();
      return onDone();
    },
    onError: () => void actions.reread(),
  });
  const set = (change: Partial<ShipmentForm>): void => setForm({ ...form, ...change });
  const from = form.ship_from;
  const busy = (act: string): boolean => acting.isPending && acting.variables === act;
  const joint = shipment.others.length > 0;
  const ahead = !asking && !replacing && Date.parse(form.ship_at ?? '') > now;
  const cannotSend = denied ?? (blocked > 0 ? t('blocked', { count: blocked }) : null);

  return (
    <form className="shipment-form" onSubmit={(event) => event.preventDefault()}>
      <p className="label">{t('doors:shipment.zone', { zone: page.time_zone })}</p>
      <div className="shipment-fields">
        <Field label={t('field.identifier')} faults={texts.get('/identifier')}>
          <input
            value={form.identifier}
            readOnly={replacing || shipment.transport === 'seen'}
            onChange={(event) => set({ identifier: event.target.value })}
          />
        </Field>
        <Field label={t('field.shipment_type')} faults={texts.get('/shipment_type')}>
          <select
            value={form.shipment_type ?? ''}
            onChange={(event) =>
              set({ shipment_type: (event.target.value || null) as ShipmentForm['shipment_type'] })
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
        {collect ? (
          <Field label={t('field.pickup_at')} faults={texts.get('/pickup_at')}>
            <Moment
              value={form.pickup_at ?? null}
              zone={page.time_zone}
              onChange={(pickup_at) => set({ pickup_at })}
            />
          </Field>
        ) : null}
        <Field label={t('field.ship_at')} faults={texts.get('/ship_at')}>
          <Moment
            value={form.ship_at ?? null}
            zone={page.time_zone}
            onChange={(ship_at) => set({ ship_at })}
          />
        </Field>
        <Field label={t('field.deliver_at')} faults={texts.get('/deliver_at')}>
          <Moment
            value={form.deliver_at ?? null}
            zone={page.time_zone}
            onChange={(deliver_at) => set({ deliver_at })}
          />
        </Field>
        <Field label={t('field.party_id')} faults={texts.get('/ship_from/party_id')}>
          <input
            value={from.party_id ?? ''}
            onChange={(event) => set({ ship_from: { ...from, party_id: event.target.value } })}
          />
        </Field>
        <Field label={t('field.address')} faults={texts.get('/ship_from/line1')}>
          <input
            value={from.line1 ?? ''}
            onChange={(event) => set({ ship_from: { ...from, line1: event.target.value } })}
          />
        </Field>
        <Field label={t('field.carrier_scac')} faults={texts.get('/carrier_scac')}>
          <input
            value={form.carrier_scac ?? ''}
            maxLength={10}
            onChange={(event) => set({ carrier_scac: event.target.value || null })}
          />
        </Field>
        <Field label={t('field.carrier_reference')} faults={texts.get('/carrier_reference')}>
          <input
            value={form.carrier_reference ?? ''}
            onChange={(event) => set({ carrier_reference: event.target.value || null })}
          />
        </Field>
        <Field label={t('field.bill_of_lading')} faults={texts.get('/bill_of_lading')}>
          <input
            value={form.bill_of_lading ?? ''}
            onChange={(event) => set({ bill_of_lading: event.target.value || null })}
          />
        </Field>
        <Field label={t('field.weight_kg')} faults={texts.get('/weight_kg')}>
          <input
            inputMode="decimal"
            value={form.weight_kg ?? ''}
            onChange={(event) => set({ weight_kg: decimal(event.target.value) })}
          />
        </Field>
        <Field label={t('field.volume_m3')} faults={texts.get('/volume_m3')}>
          <input
            inputMode="decimal"
            value={form.volume_m3 ?? ''}
            onChange={(event) => set({ volume_m3: decimal(event.target.value) })}
          />
        </Field>
      </div>
      <div className="shipments-scroll">
        <table className="shipments-table">
          <thead>
            <tr>
              <th>{t('lines.product')}</th>
              <th className="num">{t('lines.confirmed')}</th>
              <th className="num">{t('item.units')}</th>
            </tr>
          </thead>
          <tbody>
            {ordersOf(page, shipment).map(({ po_number, lines }) => (
              <Fragment key={po_number}>
                {joint ? (
                  <tr>
                    <th scope="rowgroup" colSpan={3} className="mono">
                      {po_number}
                    </th>
                  </tr>
                ) : null}
                {lines
                  .filter((line) => line.confirmed > 0)
                  .map((line) => {
                    const place = placeOf(form, po_number, line.sequence);
                    const name =
                      line.title ?? line.sku ?? line.vendor_product_identifier ?? line.asin ?? line.sequence;
                    return (
                      <tr key={line.sequence}>
                        <td>
                          {Number(line.sequence) || line.sequence} <b>{name}</b>
                          {(texts.get(`/items/${place}/units`) ?? []).map((fault) => (
                            <p key={fault} className="finding">
                              {fault}
                            </p>
                          ))}
                        </td>
                        <td className="num">{format.count(line.confirmed)}</td>
                        <td className="num">
                          <input
                            className="units"
                            type="number"
                            min={0}
                            aria-label={t('item.unitsOf', { name })}
                            value={form.items[place]?.units ?? 0}
                            onChange={(event) =>
                              setForm(withUnits(form, po_number, line.sequence, Number(event.target.value)))
                            }
                          />
                        </td>
                      </tr>
                    );
                  })}
              </Fragment>
            ))}
          </tbody>
        </table>
      </div>
      <div className="cluster">
        <Button reason={denied} busy={busy('pack')} onClick={() => acting.mutate('pack')}>
          {t('pack.byCase')}
        </Button>
        <Button reason={denied} busy={busy('one_carton')} onClick={() => acting.mutate('one_carton')}>
          {t('pack.oneCarton')}
        </Button>
        <Button reason={denied} busy={busy('pallets')} onClick={() => acting.mutate('pallets')}>
          {t('pack.pallets')}
        </Button>
        <label className="cluster label">
          {t('pack.perPallet')}
          <input
            className="units"
            inputMode="numeric"
            value={perPallet}
            onChange={(event) => setPerPallet(event.target.value)}
          />
        </label>
      </div>
      <Containers
        joint={joint}
        containers={form.containers as Shipment['containers']}
        parcel={form.shipment_type === 'SmallParcel'}
        found={texts}
        onChange={(at, change) =>
          set({
            containers: form.containers.map((one, place) => (place === at ? { ...one, ...change } : one)),
          })
        }
      />
      {counted(
        ['', '/items', '/containers', '/ship_to', '/freight', '/amazon_reference'].flatMap(
          (at) => texts.get(at) ?? [],
        ),
      ).map(({ text: fault, count }) => (
        <Notice key={fault} tone="caution">
          {count > 1 ? t('times', { text: fault, count }) : fault}
        </Notice>
      ))}
      {acting.isError ? <Notice tone="critical">{problems.text(acting.error, t('failed'))}</Notice> : null}
      <div className="cluster shipment-acts">
        <span className={found.length === 0 ? 'label tone-positive' : 'label'} role="status">
          {found.length === 0 ? t('clean') : t('found', { count: found.length })}
        </span>
        {replacing ? <Button onClick={onDone}>{t('common:action.cancel')}</Button> : null}
        {!replacing && shipment.transport !== 'seen' ? (
          <Button danger reason={denied} busy={busy('discard')} onClick={() => acting.mutate('discard')}>
            {t('discard')}
          </Button>
        ) : null}
        {collect && shipment.transport === 'seen' && !replacing ? (
          <Button danger reason={denied} busy={busy('cancel')} onClick={() => acting.mutate('cancel')}>
            {t('cancelTransport')}
          </Button>
        ) : null}
        <Button
          reason={denied ?? (dirty ? null : t('unchanged'))}
          busy={busy('save')}
          onClick={() => acting.mutate('save')}
        >
          {t('save')}
        </Button>
        {ahead && shipment.send_at === null ? (
          <Button
            primary
            reason={cannotSend}
            busy={busy('depart')}
            onClick={() => (besides.length > 0 ? setDoubting('depart') : acting.mutate('depart'))}
          >
            {t('departure.set')}
          </Button>
        ) : null}
        <Button
          primary={!ahead}
          reason={cannotSend}
          busy={busy('send')}
          onClick={() => (doubts.length > 0 ? setDoubting('send') : acting.mutate('send'))}
        >
          {t(asking ? 'sendTransport' : replacing ? 'sendReplace' : 'send')}
        </Button>
      </div>
      <Dialog
        title={t('doors:shipment.title', { count: asked.length })}
        opened={doubting !== null}
        onClose={() => setDoubting(null)}
        footer={
          <>
            <Button data-autofocus onClick={() => setDoubting(null)}>
              {t('doors:shipment.fix')}
            </Button>
            <Button
              danger
              reason={cannotSend}
              onClick={() => {
                setDoubting(null);
                if (doubting) acting.mutate(doubting);
              }}
            >
              {t('doors:shipment.submit')}
            </Button>
          </>
        }
      >
        <Notice tone="caution">
          <ul>
            {asked.map((one) => (
              <li key={`${one.code}-${one.field}`}>{text(one)}</li>
            ))}
          </ul>
        </Notice>
        <p className="quiet">{t('doors:shipment.text')}</p>
      </Dialog>
    </form>
  );
}

function Field({
  label,
  faults,
  children,
}: {
  label: string;
  faults?: string[] | undefined;
  children: ReactNode;
}): JSX.Element {
  return (
    <div className={faults ? 'shipment-field shipment-field-wrong' : 'shipment-field'}>
      {/* biome-ignore lint/a11y/noLabelWithoutControl: the control is what it is given to hold. */}
      <label>
        <span>{label}</span>
        {children}
      </label>
      {(faults ?? []).map((fault) => (
        <p key={fault} className="finding">
          {fault}
        </p>
      ))}
    </div>
  );
}

function Moment({
  value,
  zone,
  onChange,
}: {
  value: string | null;
  zone: string;
  onChange(value: string | null): void;
}): JSX.Element {
  return (
    <input
      type="datetime-local"
      value={toField(value, zone)}
      onChange={(event) => onChange(fromField(event.target.value, zone))}
    />
  );
}

/** A decimal as it is typed, with a comma or a point; the API says what is none. */
function decimal(text: string): string | null {
  return text.trim() === '' ? null : text.trim().replace(',', '.');
}
