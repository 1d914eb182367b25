/** One queue's routing, changed in a drawer; only what differs is sent. */

import { App, Button, Drawer, Form, InputNumber, Select, Switch } from "antd";
import { useState } from "react";
import type { QueueRouting, RoutingBoard } from "../../api/types";
import type { TextKey } from "../../i18n";
import { changes } from "../../state/routing";
import { client, problemText, useText } from "../context";
import { queueName } from "../names";

const POLICIES = ["fcfs", "tiers", "strict", "skill", "fair", "target"] as const;
const STICKY = ["off", "last", "named"] as const;

interface Props {
  queue: QueueRouting;
  board: RoutingBoard;
  onClose: (saved: boolean) => void;
}

export function QueueRoutingForm({ queue, board, onClose }: Props) {
  const { t, language } = useText();
  const { message } = App.useApp();
  const [form] = Form.useForm<QueueRouting>();
  const [saving, setSaving] = useState(false);
  const [refused, setRefused] = useState<string | null>(null);
  const name = queueName(queue, language);

  const save = async (after: QueueRouting) => {
    setSaving(true);
    setRefused(null);
    try {
      const changed = changes(queue, after);
      if (Object.keys(changed).length > 0) {
        await client.changeRouting(queue.id, changed);
        void message.success(t("routing.saved", { name }));
      }
      onClose(true);
    } catch (error) {
      setRefused(problemText(error, t));
      setSaving(false);
    }
  };

  const number = (field: keyof QueueRouting, label: TextKey, min: number, max: number, optional = false) => (
    <Form.Item name={field} label={t(label)} rules={[{ required: !optional, message: t("login.missing") }]}>
      <InputNumber min={min} max={max} placeholder={optional ? t("routing.nolimit") : ""} />
    </Form.Item>
  );
  const others = board.queues.filter((each) => each.id !== queue.id);
  return (
    <Drawer
      open
      title={t("routing.changeOf", { queue: name })}
      onClose={() => onClose(false)}
      extra={
        <Button type="primary" loading={saving} onClick={() => form.submit()}>
          {t("routing.save")}
        </Button>
      }
    >
      <Form
        form={form}
        layout="vertical"
        initialValues={queue}
        onFinish={(after) => void save(after)}
        requiredMark={false}
      >
        {refused !== null && (
          <p className="needs" role="alert">
            {refused}
          </p>
        )}
        <Form.Item name="routing" label={t("routing.policy")}>
          <Select options={POLICIES.map((value) => ({ value, label: t(`routing.policy.${value}`) }))} />
        </Form.Item>
        {number("target_s", "routing.target", 1, 86400)}
        {number("importance", "routing.importance", 1, 10)}
        <Form.Item name="hold_targets" label={t("routing.hold")} extra={t("routing.hold.help")}>
          <InputNumber min={0} max={100} />
        </Form.Item>
        {number("cap", "routing.cap", 1, 100000, true)}
        <Form.Item name="overflow_to" label={t("routing.overflow_to")}>
          <Select
            options={[
              { value: "", label: t("routing.overflow_to.flow") },
              ...others.map((each) => ({ value: each.id, label: queueName(each, language) })),
            ]}
          />
        </Form.Item>
        {number("overflow_length", "routing.overflow_length", 0, 100000, true)}
        {number("overflow_wait_s", "routing.overflow_wait", 1, 86400, true)}
        <Form.Item name="hours" label={t("routing.hours")} extra={t("routing.hours.help")}>
          <Select
            options={[
              { value: "", label: t("routing.hours.always") },
              ...board.calendars.map((calendar) => ({ value: calendar, label: calendar })),
            ]}
          />
        </Form.Item>
        <Form.Item name="closed" label={t("routing.closed")} valuePropName="checked">
          <Switch />
        </Form.Item>
        <Form.Item
          name="tiering"
          label={t("routing.tiering")}
          extra={t("routing.tiering.help")}
          valuePropName="checked"
        >
          <Switch />
        </Form.Item>
        <Form.Item name="sticky" label={t("routing.sticky")}>
          <Select options={STICKY.map((value) => ({ value, label: t(`routing.sticky.${value}`) }))} />
        </Form.Item>
        {number("sticky_s", "routing.sticky_s", 0, 180)}
        <Form.Item name="retention_skill" label={t("routing.retention")}>
          <Select
            options={[
              { value: "", label: t("routing.retention.none") },
              ...board.skills.map((skill) => ({ value: skill, label: skill })),
            ]}
          />
        </Form.Item>
      </Form>
    </Drawer>
  );
}
