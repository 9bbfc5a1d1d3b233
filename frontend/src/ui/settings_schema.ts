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
  /** The heading it stands under, and what its number counts. */
  group: string;
  unit?: string;
  /** As shipped. */
  initial: Value;
}

interface Schema {
  $ref?: string;
  $defs?: Record<string, Schema>;
  anyOf?: Schema[];
  const?: unknown;
  default?: Value;
  enum?: unknown[];
  format?: string;
  group?: string;
  maximum?: number;
  minimum?: number;
  properties?: Record<string, Schema>;
  readOnly?: boolean;
  title?: string;
  type?: string;
  unit?: string;
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
    group: property.group ?? '',
    initial: property.default ?? null,
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
    ...(property.unit === undefined ? {} : { unit: property.unit }),
    ...(range?.minimum === undefined ? {} : { minimum: range.minimum }),
    ...(range?.maximum === undefined ? {} : { maximum: range.maximum }),
  };
}

/** Under their headings, in the order in which the model first names each. */
export function groupsOf(fields: Field[]): [string, Field[]][] {
  const groups = new Map<string, Field[]>();
  for (const field of fields) groups.set(field.group, [...(groups.get(field.group) ?? []), field]);
  return [...groups];
}
