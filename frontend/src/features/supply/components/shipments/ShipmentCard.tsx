/** One shipment: where it stands at Amazon, what was sent about it, its labels, and its form while it may be changed. */
import { useIsMutating, useMutation } from '@tanstack/react-query';
import { type JSX, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { client, type Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useProblems } from '~/lib/problems';
import { useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { Card } from '~/ui/Card';
import { type StageStep, StageTracker } from '~/ui/StageTracker';
import { Tag, type Tone } from '~/ui/Status';
import { Notice } from '~/ui/states';
import { Containers } from './Containers';
import { Departure } from './Departure';
import { Goods } from './Goods';
import { ShipmentEditor } from './ShipmentEditor';
import { lineNames, type Shipment } from './shipment_form';
import { Together } from './Together';
import { actOf, ONE } from './use_shipment';

type Page = Schemas['OrderShipments'];

const TONES: Record<string, Tone> = {
  draft: 'neutral',
  scheduled: 'progress',
  sending: 'progress',
  processing: 'progress',
  requested: 'progress',
  seen: 'positive',
  failed: 'critical',
  outside: 'neutral',
};

export function ShipmentCard({
  page,
  shipment,
  denied: refused,
  onTyping,
}: {
  page: Page;
  shipment: Shipment;
  denied: string | null;
  /** Something is typed that is not stored, or not any more. */
  onTyping(typing: boolean): void;
}): JSX.Element {
  const { t } = useTranslation('shipments');
  const format = useFormats();
  const waits = useIsMutating({ mutationKey: actOf(shipment) }) > 0;
  const denied = refused ?? (waits ? t('waits') : null);
  const [editing, setEditing] = useState(false);
  /** How what is typed is stored, while something is. */
  const typed = useRef<(() => Promise<number>) | null>(null);
  const [typing, setTyping] = useState(false);
  /** What is typed is stored before orders join or leave, so that nothing of it is lost. Answers the version then. */
  const settle = async (): Promise<number> => (typed.current ? typed.current() : shipment.version);
  const at = (instant: string | null): string => format.dateTime(instant, { zone: page.time_zone });
  const units = shipment.items.reduce((sum, item) => sum + item.units, 0);
  const draft =
    shipment.status === 'draft' ||
    shipment.status === 'scheduled' ||
    shipment.status === 'requested' ||
    shipment.status === 'failed';
  const whole = page.hidden_lines === 0 && !shipment.partly;
  // What is typed stays in sight also when a colleague sends the shipment meanwhile.
  const open = whole && (typing || (shipment.locked === null && (draft || editing)));
  const joint = shipment.others.length > 0;
  const changeable =
    shipment.locked === null &&
    whole &&
    shipment.first_confirmed_at === null &&
    shipment.transport !== 'seen';
  const facts: [string, string | null][] = [
    [t('field.ship_to'), shipment.ship_to],
    [t('field.warehouse'), shipment.warehouse],
    [
      t('fact.freight'),
      shipment.freight ? t(`freight.${shipment.freight}`, { defaultValue: shipment.freight }) : null,
    ],
    [t('fact.reference'), shipment.amazon_reference],
    [
      t('fact.amazon'),
      shipment.amazon_status
        ? t(`amazon.${shipment.amazon_status}`, { defaultValue: shipment.amazon_status })
        : null,
    ],
    [
      t('field.transportation_mode'),
      shipment.transportation_mode && !open
        ? t(`transport.${shipment.transportation_mode}`, { defaultValue: shipment.transportation_mode })
        : null,
    ],
    [t('fact.carrier'), shipment.carrier_name ?? shipment.carrier_scac],
    [t('fact.pickup'), shipment.pickup_scheduled_at ? at(shipment.pickup_scheduled_at) : null],
    [t('field.ship_at'), shipment.ship_at && !open ? at(shipment.ship_at) : null],
    [t('field.deliver_at'), shipment.deliver_at && !open ? at(shipment.deliver_at) : null],
    [t('fact.delivered'), shipment.delivered_at ? at(shipment.delivered_at) : null],
    [
      t('fact.replaceUntil'),
      shipment.replace_until && shipment.locked === null ? at(shipment.replace_until) : null,
    ],
  ];
  return (
    <Card
      title={
        <span className="cluster">
          <span className="mono">{shipment.identifier}</span>
          <Tag tone={TONES[shipment.status] ?? 'neutral'}>
            {t(`status.${shipment.status}`, { defaultValue: shipment.status })}
          </Tag>
        </span>
      }
      aside={t('units', { units: format.count(units) })}
    >
      {shipment.submissions.length > 0 ? (
        <StageTracker zone={page.time_zone} steps={stages(shipment)} />
      ) : null}
      <dl className="shipment-facts">
        {facts.map(([name, value]) =>
          value ? (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ) : null,
        )}
      </dl>
      <Together page={page} shipment={shipment} denied={denied} changeable={changeable} settle={settle} />
      {joint && shipment.partly && shipment.origin === 'oktee' ? (
        <p className="label">{t('together.partly')}</p>
      ) : null}
      <Departure page={page} shipment={shipment} denied={denied} />
      <Submissions shipment={shipment} zone={page.time_zone} />
      {open ? (
        <ShipmentEditor
          page={page}
          shipment={shipment}
          denied={denied}
          replacing={shipment.first_confirmed_at !== null}
          onTyped={(storing) => {
            typed.current = storing;
            setTyping(storing !== null);
            onTyping(storing !== null);
          }}
          onDone={() => setEditing(false)}
        />
      ) : (
        <>
          <Contents page={page} shipment={shipment} />
          <Containers
            containers={shipment.containers}
            parcel={shipment.shipment_type === 'SmallParcel'}
            joint={joint}
          />
          {shipment.locked ? <p className="label">{t(`locked.${shipment.locked}`)}</p> : null}
          {shipment.status === 'seen' && shipment.locked === null && whole ? (
            <div className="cluster">
              <Button reason={denied} onClick={() => setEditing(true)}>
                {t('replace')}
              </Button>
              <span className="label">{t('replaceText')}</span>
            </div>
          ) : null}
        </>
      )}
      {shipment.transport === 'seen' || shipment.labels.length > 0 ? (
        <Labels page={page} shipment={shipment} denied={denied} />
      ) : null}
    </Card>
  );
}

/** Sent, processing, seen: sent is not the same as seen. */
function stages(shipment: Shipment): StageStep[] {
  const last = shipment.submissions.at(-1);
  if (!last) return [];
  const failed = last.state === 'failed';
  const seen = last.state === 'seen';
  const sent = last.sent_at !== null || last.state === 'unknown';
  return [
    { name: 'sent', state: sent ? 'done' : failed ? 'failed' : 'current', at: last.sent_at },
    {
      name: 'processing',
      state: seen ? 'done' : failed && sent ? 'failed' : sent && !failed ? 'current' : 'todo',
      at: null,
    },
    { name: 'seen', state: seen ? 'done' : 'todo', at: seen ? last.finished_at : null },
  ];
}

function Submissions({ shipment, zone }: { shipment: Shipment; zone: string }): JSX.Element | null {
  const { t } = useTranslation(['shipments', 'status']);
  const format = useFormats();
  if (shipment.submissions.length === 0) return null;
  return (
    <ol className="submission-list">
      {[...shipment.submissions].reverse().map((one) => (
        <li key={one.number}>
          <b>{t(`action.${one.action}`)}</b> {t(`status:answer.${one.state}`)} · {one.planned_by.name},{' '}
          {format.dateTime(one.planned_at, { zone })}
          {one.transaction_id ? (
            <>
              {' '}
              · <span className="mono label">{one.transaction_id}</span>
            </>
          ) : null}
          {one.error ? (
            <>
              <p className="tone-critical">{t(`error.${one.error.code}`, one.error.values)}</p>
              {one.error.raw ? (
                <p className="verbatim" lang="en">
                  {one.error.raw}
                </p>
              ) : null}
            </>
          ) : null}
        </li>
      ))}
    </ol>
  );
}

function Contents({ page, shipment }: { page: Page; shipment: Shipment }): JSX.Element {
  const { t } = useTranslation('shipments');
  const format = useFormats();
  const joint = shipment.others.length > 0;
  const names = lineNames(page, shipment);
  return (
    <Goods figures={[t('item.units'), t('item.shown')]}>
      {shipment.items.map((item) => (
        <tr key={`${item.po_number} ${item.sequence}`}>
          <td>
            {joint ? <span className="mono label">{item.po_number} </span> : null}
            {Number(item.sequence) || item.sequence} <b>{names.get(`${item.po_number} ${item.sequence}`)}</b>
            {item.lot_number ? (
              <span className="label"> · {t('item.lotIs', { lot: item.lot_number })}</span>
            ) : null}
            {item.expires_on ? (
              <span className="label"> · {t('item.expiresOn', { day: format.date(item.expires_on) })}</span>
            ) : null}
          </td>
          <td className="num">{format.count(item.units)}</td>
          <td
            className={
              item.shown_units !== null && item.shown_units !== item.units ? 'num tone-critical' : 'num'
            }
          >
            {format.count(item.shown_units)}
          </td>
        </tr>
      ))}
    </Goods>
  );
}

function Labels({
  page,
  shipment,
  denied,
}: {
  page: Page;
  shipment: Shipment;
  denied: string | null;
}): JSX.Element {
  const { t } = useTranslation('shipments');
  const format = useFormats();
  const workspace = useWorkspace();
  const problems = useProblems();
  const path = { workspace: workspace.slug, order_id: page.order_id, shipment_id: shipment.id };
  const fetching = useMutation({ mutationFn: () => client.POST(`${ONE}/labels`, { params: { path } }) });
  const base = `/api/v1/${workspace.slug}/supply/orders/${page.order_id}/shipments/${shipment.id}/labels`;
  return (
    <div className="shipment-labels">
      <h3>{t('labels.title')}</h3>
      {shipment.labels.length > 0 ? (
        <ul>
          {shipment.labels.map((label) => (
            <li key={label.id}>
              <a href={`${base}/${label.id}`} download>
                {t('labels.one', { number: label.number })}
              </a>{' '}
              <span className="label mono">{label.tracking_id}</span>{' '}
              <span className="label">{format.size(label.size)}</span>
            </li>
          ))}
        </ul>
      ) : (
        <p className="label">{t('labels.none')}</p>
      )}
      <Button reason={denied} busy={fetching.isPending} onClick={() => fetching.mutate()}>
        {t('labels.fetch')}
      </Button>
      {fetching.isSuccess ? <span className="label">{t('labels.asked')}</span> : null}
      {fetching.isError ? (
        <Notice tone="critical">{problems.text(fetching.error, t('failed'))}</Notice>
      ) : null}
    </div>
  );
}
