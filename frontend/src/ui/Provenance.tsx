/** Who decided: a rule (violet diamond), a person (disc), Amazon (hollow triangle), the system (square). */
import type { JSX, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Icon, type IconName } from '~/ui/Icon';
import './Provenance.css';

export interface Actor {
  type: string;
  name: string;
}

const MARKS: Record<string, IconName> = {
  rule: 'diamond',
  person: 'disc',
  amazon: 'triangle',
  system: 'square',
  outside: 'outside',
};

export function ProvenanceMark({ type }: { type: string }): JSX.Element {
  const { t } = useTranslation();
  return (
    <span className={`mark mark-${type}`}>
      <Icon name={MARKS[type] ?? 'square'} size={12} label={t(`actor.${type}`, { defaultValue: type })} />
    </span>
  );
}

/** The product's own rule set and whoever acted outside OKTee have words in each language; other names are people's. */
export function useActorName(): (actor: Actor) => string {
  const { t } = useTranslation();
  return ({ type, name }) => {
    if (type === 'rule') return t(`ruleSet.${name}`, { defaultValue: name });
    return type === 'outside' ? t('actor.outside', { defaultValue: name }) : name;
  };
}

/** A set of rules by its name: the product's own in the reader's language. */
export function useRuleName(): (name: string) => string {
  const nameOf = useActorName();
  return (name) => nameOf({ type: 'rule', name });
}

export function Provenance({ actor, children }: { actor: Actor | null; children?: ReactNode }): JSX.Element {
  const nameOf = useActorName();
  if (!actor) return <span className="label">–</span>;
  return (
    <span className={`provenance mark-${actor.type}`}>
      <ProvenanceMark type={actor.type} />
      <span className="provenance-name" title={children ? undefined : nameOf(actor)}>
        {children ?? nameOf(actor)}
      </span>
    </span>
  );
}
