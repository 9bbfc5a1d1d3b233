/** The form of a shipment: what is wrong is found while it is typed, and says the charge it would bring. */
import { useMutation } from '@tanstack/react-query';
import { type JSX, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem, type Schemas } from '~/lib/api';
import { useNow } from '~/lib/now';
import { useProblems } from '~/lib/problems';
import { Notice } from '~/ui/states';
import { Containers } from './Containers';
import { Doubts } from './Doubts';
import { counted } from './grouped';
import { LockedMeanwhile, NewerShipment } from './NewerShipment';
import { PackingBar } from './PackingBar';
import { type Act, ShipmentActs } from './ShipmentActs';
import { ShipmentFields } from './ShipmentFields';
import { ShipmentLines } from './ShipmentLines';
import { byField, findingWords, formOf, type Shipment, type ShipmentForm } from './shipment_form';
import { actOf, useShipmentActions } from './use_shipment';
import { useTyped } from './use_typed';

type Page = Schemas['OrderShipments'];
const PAUSE_MS = 400;
const MODES: Partial<Record<Act, Schemas['ShipmentPackingIn']['mode']>> = {
  pack: 'by_case',
  one_carton: 'one_carton',
  pallets: 'pallets',
  numbers: 'numbers',
};

export function ShipmentEditor({
  page,
  shipment,
  denied: refused,
  replacing,
  onTyped,
  onDone,
}: {
  page: Page;
  shipment: Shipment;
  denied: string | null;
  replacing: boolean;
  /** How what is typed is stored, with the version then; null when nothing is typed. */
  onTyped(settle: (() => Promise<number>) | null): void;
  onDone(): void;
}): JSX.Element {
  const { t } = useTranslation(['shipments', 'common', 'doors']);
  const problems = useProblems();
  const { based, form, setForm, unread, fields, changed, dirty, newer, follow, keepMine, took } = useTyped(
    page,
    shipment,
  );
  /** An act that would write over what a colleague saved. */
  const [over, setOver] = useState(false);
  const [checked, setChecked] = useState<Schemas['ShipmentFindings'] | null>(shipment.findings);
  /** What was pressed while something speaks against it. */
  const [doubting, setDoubting] = useState<'send' | 'depart' | null>(null);
  const actions = useShipmentActions(page, shipment);
  const now = useNow(30_000);
  const collect = page.freight === 'collect' || shipment.freight === 'collect';
  const asking = collect && shipment.transport !== 'seen';
  const { check } = actions;
  const denied = refused ?? (shipment.locked ? t(`locked.${shipment.locked}`) : null);
  const put = async (): Promise<Schemas['OrderShipments'] | undefined> => {
    const fresh = await actions.put(form);
    took(fresh, form);
    return fresh;
  };
  const versionIn = (fresh: Schemas['OrderShipments'] | undefined): number =>
    fresh?.shipments.find((one) => one.id === shipment.id)?.version ?? based.version;
  // biome-ignore lint/correctness/useExhaustiveDependencies: `onTyped` and `put` are made anew each time and mean the same.
  useEffect(
    () => onTyped(dirty ? async () => (changed ? versionIn(await put()) : based.version) : null),
    [form, dirty],
  );
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
    mutationKey: actOf(shipment),
    mutationFn: async ({ act, cartonsPerPallet = null }: { act: Act; cartonsPerPallet?: number | null }) => {
      if (act === 'discard') return actions.discard(based.version);
      let version = based.version;
      let stored = form;
      if (changed && act !== 'cancel') {
        const fresh = await put();
        version = versionIn(fresh);
        const mine = fresh?.shipments.find((one) => one.id === shipment.id);
        if (mine) stored = formOf(mine);
        if (act === 'save') return actions.store(fresh);
      }
      const mode = MODES[act];
      if (mode) {
        took(await actions.pack({ version, mode, cartons_per_pallet: cartonsPerPallet }), stored);
        return undefined;
      }
      if (act === 'depart') {
        took(await actions.setTimer(version), stored);
        return undefined;
      }
      await actions.submit({
        version,
        kind: act === 'cancel' || asking ? 'transport' : 'confirmation',
        cancel: act === 'cancel',
      });
      await actions.reread();
      return onDone();
    },
    onError: (error) => {
      setOver(error instanceof ApiProblem && error.code === 'shipment_changed');
      void actions.reread();
    },
  });
  const overtaken = acting.error instanceof ApiProblem && acting.error.code === 'shipment_changed';
  const act = (asked: Act, cartonsPerPallet: number | null = null): void => {
    if (newer) setOver(true);
    else acting.mutate({ act: asked, cartonsPerPallet });
  };
  const choose = (choice: () => void) => () => {
    choice();
    setOver(false);
    acting.reset();
  };
  const set = (change: Partial<ShipmentForm>): void => setForm({ ...form, ...change });
  const busy = (which: Act): boolean => acting.isPending && acting.variables.act === which;
  const joint = shipment.others.length > 0;
  const ahead = !asking && !replacing && Date.parse(form.ship_at ?? '') > now;
  const unreadable = unread.any ? t('common:day.unread') : null;
  const cannotSend = denied ?? unreadable ?? (blocked > 0 ? t('blocked', { count: blocked }) : null);

  return (
    <form className="shipment-form" onSubmit={(event) => event.preventDefault()}>
      <p className="label">{t('doors:shipment.zone', { zone: page.time_zone })}</p>
      <ShipmentFields
        key={`fields ${fields}`}
        page={page}
        form={form}
        collect={collect}
        fixed={replacing || shipment.transport === 'seen'}
        found={texts}
        unread={unread}
        onChange={set}
      />
      <ShipmentLines
        key={`lines ${fields}`}
        page={page}
        shipment={shipment}
        form={form}
        found={texts}
        unread={unread}
        onChange={setForm}
      />
      <PackingBar
        denied={denied ?? unreadable}
        busy={busy}
        nameless={page.gs1_prefix && form.containers.some((one) => !one.sscc)}
        onAct={act}
      />
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
      {dirty && shipment.locked ? (
        <LockedMeanwhile locked={shipment.locked} onLeave={choose(follow)} />
      ) : newer ? (
        <NewerShipment
          page={page}
          based={based}
          form={form}
          newer={newer}
          asked={over}
          onTheirs={choose(follow)}
          onMine={choose(keepMine)}
          onLater={() => setOver(false)}
        />
      ) : null}
      {acting.isError && !(overtaken && newer) ? (
        <Notice tone="critical">{problems.text(acting.error, t('failed'))}</Notice>
      ) : null}
      <ShipmentActs
        found={found.length}
        denied={denied}
        cannotSend={cannotSend}
        cannotSave={denied ?? unreadable ?? (changed ? null : t('unchanged'))}
        dirty={dirty}
        busy={busy}
        replacing={replacing}
        requested={shipment.transport === 'seen'}
        cancellable={collect && shipment.transport === 'seen' && !replacing}
        timed={ahead && shipment.send_at === null}
        ahead={ahead}
        send={t(asking ? 'sendTransport' : replacing ? 'sendReplace' : 'send')}
        onLeave={() => {
          if (dirty) choose(follow)();
          onDone();
        }}
        onAct={(asked) => {
          if (newer) setOver(true);
          else if (asked === 'depart' && besides.length > 0) setDoubting('depart');
          else if (asked === 'send' && doubts.length > 0) setDoubting('send');
          else act(asked);
        }}
      />
      <Doubts
        asked={doubting === null ? null : asked.map(text)}
        count={asked.length}
        cannotSend={cannotSend}
        onClose={() => setDoubting(null)}
        onSend={() => {
          setDoubting(null);
          if (doubting) act(doubting);
        }}
      />
    </form>
  );
}
