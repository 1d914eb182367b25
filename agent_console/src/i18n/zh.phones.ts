import type { enPhones } from "./en.phones";

/** 外呼各阶段与失败原因；自定义快捷键。 */
export const zhPhones: Record<keyof typeof enPhones, string> = {
  "stage.own_device": "正在呼叫您的话机，尚未拨打 {number}。",
  "stage.dialled": "正在拨打 {number}。",
  "stage.ringing": "{number} 正在振铃。",
  "stage.early_media": "对方应答前，您听到的是 {number} 一侧的声音。",

  "failed.title": "未接通",
  "failed.close": "关闭提示",
  "failed.busy": "对方忙线。",
  "failed.no_answer": "无人接听。",
  "failed.declined": "对方拒接。",
  "failed.unknown_number": "号码不存在。",
  "failed.unreachable": "号码无法接通（{code}）。",
  "failed.given_up": "您在对方应答前已挂断。",
  "failed.own_no_answer": "您的话机无人接听，号码未拨出。",
  "failed.own_declined": "您的话机拒绝了来电，号码未拨出。",
  "failed.own_failed": "您的话机无法接通（{code}），号码未拨出。",

  "story.stage.own_device": "正在呼叫 {agent} 的话机。",
  "story.stage.dialled": "已拨打号码。",
  "story.stage.ringing": "对方话机振铃。",
  "story.stage.early_media": "对方应答前已有声音。",
  "story.notReached.busy": "对方忙线，未接通。",
  "story.notReached.no_answer": "对方无人接听。",
  "story.notReached.declined": "对方拒绝接听。",
  "story.notReached.unknown_number": "所拨号码不存在。",
  "story.notReached.unreachable": "所拨号码无法接通（{code}）。",
  "story.notReached.given_up": "{agent} 在对方应答前挂断。",
  "story.notReached.own_no_answer": "{agent} 的话机无人接听。",
  "story.notReached.own_declined": "{agent} 的话机拒绝来电。",
  "story.notReached.own_failed": "{agent} 的话机无法接通（{code}）。",

  "refused.device_test": "请先测试话机：麦克风、音量和往返时延。",

  "keys.change": "更改",
  "keys.changeOf": "更改按键：{name}",
  "keys.pressNow": "请按一个字母键；按 Esc 保持不变。",
  "keys.taken": "{keys} 已用于“{name}”。",
  "keys.exchange": "互换两者",
  "keys.reserved": "{keys} 为浏览器保留。",
  "keys.noLetter": "只能选择字母 A 至 Z。",
  "keys.reset": "恢复默认按键",
  "keys.own": "更改的按键保存在此浏览器中，仅对您有效。",
};
