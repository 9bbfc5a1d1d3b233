import { expect, it } from 'vitest';
import { answerStepUp, stepUp } from '~/lib/step_up';

it('asks once for all requests that wait, and anew for the next', async () => {
  let answer: (proved: boolean) => void = () => undefined;
  let asked = 0;
  const leave = answerStepUp(() => {
    asked += 1;
    return new Promise((resolve) => {
      answer = resolve;
    });
  });
  const waiting = [stepUp(), stepUp(), stepUp()];
  answer(true);
  expect(await Promise.all(waiting)).toEqual([true, true, true]);
  expect(asked).toBe(1);
  const next = stepUp();
  answer(false);
  expect(await next).toBe(false);
  expect(asked).toBe(2);
  leave();
});

it('gives up at once where no page is there to ask', async () => {
  expect(await stepUp()).toBe(false);
});
