/** A person at the keyboard who does not wait between two keys. */
import userEvent from '@testing-library/user-event';

export const user = userEvent.setup({ delay: null });
