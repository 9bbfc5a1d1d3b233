import { act, render } from '@testing-library/react';
import type { JSX } from 'react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { InSteps } from './InSteps';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('draws the first of a long list at once and the rest in steps, each row once', () => {
  const drawn = vi.fn();
  function Line({ name }: { name: number }): JSX.Element {
    drawn(name);
    return <li>{name}</li>;
  }
  const draw = (name: number) => <Line key={name} name={name} />;
  const rows = Array.from({ length: 60 }, (_, at) => at);
  const { container, rerender } = render(<InSteps rows={rows} draw={draw} />);
  const seen = [container.querySelectorAll('li').length];
  for (let step = 0; step < 4; step += 1) {
    act(() => void vi.advanceTimersByTime(20));
    seen.push(container.querySelectorAll('li').length);
  }
  expect(seen).toEqual([25, 50, 60, 60, 60]);
  expect(drawn).toHaveBeenCalledTimes(60);
  rerender(<InSteps rows={rows.slice(0, 10)} draw={draw} />);
  expect(container.querySelectorAll('li')).toHaveLength(10);
});
