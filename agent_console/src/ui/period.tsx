import { DatePicker } from "antd";
import dayjs, { type Dayjs } from "dayjs";
import { useText } from "./context";

/** Whole days, both included. */
export type Period = [Dayjs, Dayjs];

const days = (first: number, last: number): Period => [
  dayjs().subtract(first, "day").startOf("day"),
  dayjs().subtract(last, "day").endOf("day"),
];
export const today = (): Period => days(0, 0);
export const yesterday = (): Period => days(1, 1);
export const week = (): Period => days(6, 0);

export function PeriodPicker({ period, onPeriod }: { period: Period; onPeriod: (period: Period) => void }) {
  const { t } = useText();
  return (
    <label>
      <span>{t("interactions.period")}</span>
      <DatePicker.RangePicker
        allowClear={false}
        value={period}
        aria-label={t("interactions.period")}
        presets={[
          { label: t("interactions.today"), value: today() },
          { label: t("interactions.yesterday"), value: yesterday() },
          { label: t("interactions.week"), value: week() },
        ]}
        onChange={(picked) => {
          if (picked?.[0] && picked[1]) onPeriod([picked[0].startOf("day"), picked[1].endOf("day")]);
        }}
      />
    </label>
  );
}
