/** People and teams to choose from: who is away says so, and who then stands in. */
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '~/lib/api';

/** What can be given away, as the API names it. */
export type Handed = 'order' | 'exception';
export type HolderWish = Pick<Schemas['AssigneeIn'], 'person_id' | 'team_id'>;

/** The value of an option as the API wants it. */
export function wishOf(value: string): HolderWish {
  const [type, id] = value.split(':');
  return type === 'person' ? { person_id: id ?? null } : type === 'team' ? { team_id: id ?? null } : {};
}

export function HolderOptions({
  kind,
  colleagues,
}: {
  kind: Handed;
  colleagues: Schemas['Colleagues'];
}): JSX.Element {
  const { t } = useTranslation('teamwork');
  const nameOf = (one: Schemas['Colleague']): string =>
    !one.away
      ? one.name
      : one.substitute
        ? t('card.away', { name: one.name, substitute: one.substitute })
        : t('card.awayAlone', { name: one.name });
  return (
    <>
      {colleagues.teams.length > 0 ? (
        <optgroup label={t('card.teams')}>
          {colleagues.teams.map((team) => (
            <option key={team.id} value={`team:${team.id}`}>
              {team.name}
            </option>
          ))}
        </optgroup>
      ) : null}
      <optgroup label={t('card.people')}>
        {colleagues.people
          .filter((one) => (kind === 'order' ? one.acts : one.resolves))
          .map((one) => (
            <option key={one.id} value={`person:${one.id}`}>
              {nameOf(one)}
            </option>
          ))}
      </optgroup>
    </>
  );
}
