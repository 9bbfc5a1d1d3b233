import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useState } from 'react';
import { expect, it, vi } from 'vitest';
import { PAUSE_MS, SearchBox } from './SearchBox';

function Page({ onSearch }: { onSearch(words: string): void }) {
  const [value, setValue] = useState('');
  return (
    <>
      <SearchBox
        id="box"
        label="Find"
        value={value}
        onSearch={(words) => {
          onSearch(words);
          setValue(words);
        }}
      />
      <button type="button" onClick={() => setValue('')}>
        Clear all
      </button>
    </>
  );
}

it('searches at a pause, at once on Enter, and is emptied from elsewhere', async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  const asked = vi.fn();
  const user = userEvent.setup({ advanceTimers: vi.advanceTimersByTime });
  render(<Page onSearch={asked} />);
  const box = screen.getByRole('searchbox', { name: 'Find' });
  await user.type(box, 'gel');
  expect(asked).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(PAUSE_MS);
  expect(asked.mock.calls).toEqual([['gel']]);
  await user.type(box, ' 15{Enter}');
  expect(asked.mock.calls.at(-1)).toEqual(['gel 15']);
  await vi.advanceTimersByTimeAsync(PAUSE_MS);
  expect(asked).toHaveBeenCalledTimes(2);
  await user.click(screen.getByRole('button', { name: 'Clear all' }));
  expect(box).toHaveValue('');
  vi.useRealTimers();
});
