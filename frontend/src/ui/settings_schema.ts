/** Reads the JSON schema of a module's settings: which fields there are, which of them are changed here, and how each is put in. */
export type Value = string | number | boolean | null;

export interface Field {
  name: string;
  title: string;
  kind: 'integer' | 'decimal' | 'boolean' | 'instant' | 'text';
  options?: string[];
  minimum?: number;
  maximum?: number;
  /** Another screen changes it. */
  fixed: boolean;
}

interface Schema {
  $ref?: string;
  $defs?: Record<string, Schema>;
  anyOf?: Schema[];
  const?: unknown;
  enum?: unknown[];
  format?: string;
  maximum?: number;
  minimum?: number;
  properties?: Record<string, Schema>;
  readOnly?: boolean;
  title?: string;
  type?: string;
}

/** In the order of the model. */
export function fieldsOf(form: Record<string, unknown>): Field[] {
  const schema = form as Schema;
  return Object.entries(schema.properties ?? {}).map(([name, property]) =>
    fieldOf(name, property, schema.$defs ?? {}),
  );
}

function fieldOf(name: string, property: Schema, defs: Record<string, Schema>): Field {
  const parts = (property.anyOf ?? [property]).map((part) =>
    part.$ref ? (defs[part.$ref.split('/').pop() ?? ''] ?? part) : part,
  );
  const options = parts.flatMap((part) => part.enum ?? []).map(String);
  const types = parts.map((part) => part.type);
  const range = parts.find((part) => part.minimum !== undefined || part.maximum !== undefined);
  return {
    name,
    title: property.title ?? name,
    fixed: property.readOnly ?? false,
    kind: types.includes('boolean')
      ? 'boolean'
      : types.includes('integer')
        ? 'integer'
        : types.includes('number')
          ? 'decimal'
          : parts.some((part) => part.format === 'date-time')
            ? 'instant'
            : 'text',
    ...(options.length ? { options } : {}),
    ...(range?.minimum === undefined ? {} : { minimum: range.minimum }),
    ...(range?.maximum === undefined ? {} : { maximum: range.maximum }),
  };
}
