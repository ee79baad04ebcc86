// A dashboard of the five kinds of panels that ours have, as Grafana's own schema describes them.
import type { Dashboard, Panel, RowPanel } from "@grafana/schema";
import type * as heatmap from "@grafana/schema/dist/esm/raw/composable/heatmap/panelcfg/x/HeatmapPanelCfg_types.gen";
import type * as stat from "@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen";
import type * as states from "@grafana/schema/dist/esm/raw/composable/statetimeline/panelcfg/x/StateTimelinePanelCfg_types.gen";
import type * as table from "@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen";
import type * as lines from "@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen";

// What has a default may be left out, and the values of enums are plain words and numbers in a file.
type InFile<T> = T extends string
  ? `${T}`
  : T extends number
    ? `${T}` extends `${infer Value extends number}`
      ? Value
      : never
    : T extends readonly (infer Each)[]
      ? InFile<Each>[]
      : T extends object
        ? { [Key in keyof T]?: InFile<T[Key]> }
        : T;

type Of<Name extends string, Options, Custom = object> = Omit<InFile<Panel>, "type" | "options" | "fieldConfig"> & {
  type: Name;
  options?: InFile<Options>;
  fieldConfig?: {
    overrides?: InFile<NonNullable<Panel["fieldConfig"]>["overrides"]>;
    defaults?: Omit<InFile<NonNullable<Panel["fieldConfig"]>["defaults"]>, "custom"> & { custom?: InFile<Custom> };
  };
};

type AnyPanel =
  | Of<"heatmap", heatmap.Options, heatmap.FieldConfig>
  | Of<"stat", stat.Options>
  | Of<"state-timeline", states.Options, states.FieldConfig>
  | Of<"table", table.Options, table.FieldConfig>
  | Of<"timeseries", lines.Options, lines.FieldConfig>;

export type File = Omit<InFile<Dashboard>, "panels"> & {
  panels: (AnyPanel | (Omit<InFile<RowPanel>, "panels" | "type"> & { type: "row"; panels: AnyPanel[] }))[];
};
