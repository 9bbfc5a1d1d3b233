/** What is typed into a shipment: which version it began from, and what a colleague saved meanwhile. */
import { useEffect, useState } from 'react';
import type { Schemas } from '~/lib/api';
import { useUnsaved } from '~/lib/unsaved';
import { useUnread } from '~/ui/unread';
import { over } from './overtaken';
import { formOf, orderNumbers, type Shipment, type ShipmentForm } from './shipment_form';

const text = (shipment: Shipment): string => JSON.stringify(formOf(shipment));

export function useTyped(page: Schemas['OrderShipments'], shipment: Shipment) {
  const [based, setBased] = useState(shipment);
  const [form, setForm] = useState<ShipmentForm>(() => formOf(shipment));
  const unread = useUnread();
  /** How often what is there was taken in place of what was typed: also what could not be read goes then. */
  const [left, setLeft] = useState(0);
  const changed = JSON.stringify(form) !== text(based);
  const dirty = changed || unread.any;
  useUnsaved(dirty);
  const follow = (of: Shipment): void => {
    setBased(of);
    setForm(formOf(of));
  };
  const there = text(shipment);
  // Nothing is typed: what a colleague saved is simply what is shown. An older page than what was begun from says nothing:
  // one's own act was answered after it was asked for.
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is there is compared by what it says
  useEffect(() => {
    if (!dirty && shipment.version >= based.version && there !== text(based)) follow(shipment);
  }, [there, dirty]);
  return {
    based,
    form,
    setForm,
    unread,
    /** A new one of each field that holds what it could not read. */
    fields: left,
    /** What is typed could be stored. */
    changed,
    dirty,
    /** What somebody saved while one typed. */
    newer: dirty && shipment.version > based.version ? shipment : null,
    /** Takes what is there, whatever was typed. */
    follow: () => {
      setLeft(left + 1);
      follow(shipment);
    },
    /** Goes on with what is typed, over what is there. */
    keepMine: () => {
      setForm(over(formOf(based), form, formOf(shipment), orderNumbers(page, shipment)));
      setBased(shipment);
    },
    /** `sent` was stored by oneself: what was typed since stands over it. Answers the shipment as it is then. */
    took: (answer: Schemas['OrderShipments'] | undefined, sent: ShipmentForm): Shipment | null => {
      const fresh = answer?.shipments.find((one) => one.id === shipment.id);
      if (!answer || !fresh) return null;
      setForm((now) => over(sent, now, formOf(fresh), orderNumbers(answer, fresh)));
      setBased(fresh);
      return fresh;
    },
  };
}
