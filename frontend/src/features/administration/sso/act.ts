/** One act on the settings: it runs, the settings are asked for again, and what went wrong is at hand. */
import { type UseMutationResult, useMutation, useQueryClient } from '@tanstack/react-query';
import { ApiProblem } from '~/lib/api';
import { useProblems } from '~/lib/problems';

export interface Act<Input> {
  run: UseMutationResult<void, Error, Input>['mutate'];
  pending: boolean;
  done: boolean;
  /** What went wrong, in words; null when nothing failed. */
  problem: string | null;
  wrong(name: string): string | undefined;
}

export function useAct<Input>(act: (input: Input) => Promise<unknown>, after?: () => void): Act<Input> {
  const queryClient = useQueryClient();
  const problems = useProblems();
  const made = useMutation<void, Error, Input>({
    mutationFn: async (input) => {
      await act(input);
    },
    onSuccess: async () => {
      after?.();
      await queryClient.invalidateQueries();
    },
  });
  const faults = made.error instanceof ApiProblem ? made.error.errors : [];
  return {
    run: made.mutate,
    pending: made.isPending,
    done: made.isSuccess,
    problem: made.error ? problems.text(made.error) : null,
    wrong: (name) => {
      const fault = faults.find((each) => each.pointer === `/${name}`);
      return fault && problems.field(fault);
    },
  };
}
