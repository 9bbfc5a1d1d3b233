/** The words for roles, scopes and refusals that every part of the page shares. */
import { useTranslation } from 'react-i18next';
import { ApiProblem, type Schemas } from '~/lib/api';
import { useScopeWords } from '~/lib/market';
import { useProblems } from '~/lib/problems';

export type PeopleList = Schemas['PeopleList'];
export type Member = Schemas['MemberRow'];

export function useWords(): {
  role(key: string, name?: string | null): string;
  scope(scope: Schemas['ScopeOut'] | null): string;
  problem(error: unknown): string;
  result(results: Schemas['Results'], all: string): string;
} {
  const { t } = useTranslation(['people', 'common']);
  const problems = useProblems();
  const part = useScopeWords();
  return {
    role: (key, name) => name ?? t(`common:role.${key}`, { defaultValue: key }),
    scope: (scope) => part(scope, t('scope.all')),
    problem: (error) =>
      error instanceof ApiProblem
        ? t(`refused.${error.code}`, { defaultValue: problems.text(error, t('failed')) })
        : t('failed'),
    result: ({ results }, all) => {
      const failed = results.filter((each) => !each.ok);
      if (failed.length === 0) return all;
      const reasons = failed.map((each) => {
        const code = each.code ?? '';
        const otherwise = problems.refusal({ code, detail: each.detail ?? null });
        return `${each.id}: ${t(`refused.${code}`, { defaultValue: otherwise })}`;
      });
      return t('partly', {
        done: results.length - failed.length,
        of: results.length,
        reasons: reasons.join(' '),
      });
    },
  };
}
