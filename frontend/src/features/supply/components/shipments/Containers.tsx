/** Cartons and pallets of a shipment with their numbers; to be changed while the shipment may. */
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { Button } from '~/ui/Button';
import { grouped } from './grouped';
import { contentsText, decimal } from './shipment_form';

type Container = Schemas['Shipment']['containers'][number];
const FIRST = 12;

export function Containers({
  containers,
  parcel,
  joint = false,
  onChange,
  found,
}: {
  containers: readonly Container[];
  /** It holds goods of several orders, so that a line needs its order's number. */
  joint?: boolean;
  /** Parcels have a tracking number each. */
  parcel: boolean;
  onChange?: (place: number, change: Partial<Container>) => void;
  /** What is wrong, by JSON pointer. */
  found?: ReadonlyMap<string, string[]>;
}): JSX.Element | null {
  const { t } = useTranslation('shipments');
  const format = useFormats();
  const [all, setAll] = useState(false);
  const pallets = containers.filter((one) => one.kind === 'pallet').length;
  if (containers.length === 0) return null;
  const wrong = (place: number): string[] =>
    [...(found ?? [])]
      .filter(([at]) => at === `/containers/${place}` || at.startsWith(`/containers/${place}/`))
      .flatMap(([, texts]) => texts);
  const { common, own } = grouped(containers.map((_, place) => wrong(place)));
  const shown = containers
    .map((one, place) => ({ one, place, faults: own[place] ?? [] }))
    .filter(({ place, faults }) => all || place < FIRST || faults.length > 0);
  const held = (units: number, line: string, order: string): string =>
    t(joint ? 'container.heldOf' : 'container.held', {
      units: format.count(units),
      line: Number(line) || line,
      order,
    });
  return (
    <div className="shipments-scroll">
      {common.map(({ text, count }) => (
        <p key={text} className="finding">
          {t('container.several', { text, count })}
        </p>
      ))}
      <table className="shipments-table">
        <caption>
          {[
            t('container.cartons', { count: containers.filter((one) => one.kind === 'carton').length }),
            pallets > 0 ? t('container.pallets', { count: pallets }) : null,
          ]
            .filter(Boolean)
            .join(', ')}
        </caption>
        <thead>
          <tr>
            <th>{t('container.name')}</th>
            <th>SSCC</th>
            <th>{t('container.contents')}</th>
            <th className="num">{t('container.weight')}</th>
            {parcel ? <th>{t('container.tracking')}</th> : null}
          </tr>
        </thead>
        <tbody>
          {shown.map(({ one, place, faults }) => (
            <tr key={`${one.kind}-${one.number}`} className={faults.length > 0 ? 'differs' : undefined}>
              <td>{t(`container.${one.kind}`, { number: one.number })}</td>
              <td>
                {onChange ? (
                  <input
                    className="mono sscc"
                    aria-label={t('container.ssccOf', {
                      name: t(`container.${one.kind}`, { number: one.number }),
                    })}
                    value={one.sscc ?? ''}
                    inputMode="numeric"
                    onChange={(event) => onChange(place, { sscc: event.target.value || null })}
                  />
                ) : (
                  <span className="mono">{one.sscc ?? '–'}</span>
                )}
                {faults.map((fault) => (
                  <p key={fault} className="finding">
                    {fault}
                  </p>
                ))}
              </td>
              <td>
                {contentsText(one.contents ?? [], held)}
                {one.pallet ? (
                  <span className="label"> · {t('container.pallet', { number: one.pallet })}</span>
                ) : null}
              </td>
              <td className="num">
                {onChange ? (
                  <>
                    <input
                      className="units"
                      inputMode="decimal"
                      aria-label={t('container.weightOf', {
                        name: t(`container.${one.kind}`, { number: one.number }),
                      })}
                      value={one.weight_kg ?? ''}
                      onChange={(event) =>
                        onChange(place, { weight_kg: decimal(event.target.value), weight_proposed: false })
                      }
                    />
                    {one.weight_proposed ? <p className="label">{t('proposedShort')}</p> : null}
                  </>
                ) : one.weight_kg ? (
                  format.measure(one.weight_kg)
                ) : (
                  '–'
                )}
              </td>
              {parcel ? (
                <td>
                  {onChange && one.kind === 'carton' ? (
                    <input
                      aria-label={t('container.trackingOf', { number: one.number })}
                      value={one.tracking ?? ''}
                      onChange={(event) => onChange(place, { tracking: event.target.value || null })}
                    />
                  ) : (
                    (one.tracking ?? '–')
                  )}
                </td>
              ) : null}
            </tr>
          ))}
        </tbody>
      </table>
      {shown.length < containers.length ? (
        <Button quiet onClick={() => setAll(true)}>
          {t('container.all', { count: containers.length })}
        </Button>
      ) : null}
    </div>
  );
}
