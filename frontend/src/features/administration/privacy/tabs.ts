/** The parts of the page Data & privacy; apart, so that its address can be checked before the page is loaded. */
export const TABS = ['map', 'requests', 'retention', 'people', 'agreement'] as const;
export type Tab = (typeof TABS)[number];
