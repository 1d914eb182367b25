import type { enMerging } from "./en.merging";

export const zhMerging: Record<keyof typeof enMerging, string> = {
  "refused.same_customer": "客户不能与自身合并。",
  "refused.split_already": "这些档案已经拆分。",
  "refused.later_merge": "之后又有其他档案并入：请先拆分后合并的档案。",
  "refused.no_record": "此处没有被合并档案的资料。",
  "refused.night_running": "客户群正在重新计算中。",
};
