/** Toasts stand above each other, and above what holds the main action. */
import { MantineProvider } from '@mantine/core';
import { render, screen, waitFor } from '@testing-library/react';
import { expect, it } from 'vitest';
import { Toast } from './Toast';
import { roomBelow } from './toast_place';
import { UndoToast } from './UndoToast';

it('keeps clear of what it would lie on, and of nothing else', () => {
  expect(roomBelow(900, 50, [])).toBe(72);
  // A bar at the lower edge that wraps into three lines.
  expect(roomBelow(900, 50, [{ top: 780, bottom: 888 }])).toBe(132);
  // A bar that stands under a short list, in the middle of where the toasts would be.
  expect(roomBelow(900, 120, [{ top: 740, bottom: 790 }])).toBe(172);
  // One that is out of sight, or further up.
  expect(roomBelow(900, 50, [{ top: 1200, bottom: 1250 }])).toBe(72);
  expect(roomBelow(900, 50, [{ top: 300, bottom: 350 }])).toBe(72);
  // Two above each other.
  expect(
    roomBelow(900, 50, [
      { top: 700, bottom: 770 },
      { top: 800, bottom: 900 },
    ]),
  ).toBe(212);
});

it('puts what can be undone and what was refused into one place', async () => {
  render(
    <MantineProvider env="test">
      <Toast>2 refused</Toast>
      <UndoToast said="3 held" onUndo={() => undefined} onOver={() => undefined} />
      <UndoToast said="Tag taken off" onUndo={() => undefined} onOver={() => undefined} />
    </MantineProvider>,
  );
  await waitFor(() => expect(screen.getAllByRole('status')).toHaveLength(3));
  const places = new Set(screen.getAllByRole('status').map((toast) => toast.parentElement));
  expect(places.size).toBe(1);
  expect([...places][0]).toHaveClass('toasts');
});
