import { Alert, Button, Form, Input } from "antd";
import { useEffect, useState } from "react";
import { client, Problem } from "../api/client";
import type { User } from "../api/types";
import { problemText, useText } from "../ui/context";
import { LanguageSwitch } from "../ui/LanguageSwitch";

interface Fields {
  login: string;
  password: string;
}

export function LogIn({ ended, onIn }: { ended: boolean; onIn: (user: User) => void }) {
  const { t } = useText();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const [locked_s, setLocked] = useState(0);

  useEffect(() => {
    if (locked_s <= 0) return;
    const timer = window.setTimeout(() => setLocked(locked_s - 1), 1000);
    return () => window.clearTimeout(timer);
  }, [locked_s]);

  async function logIn(fields: Fields): Promise<void> {
    setBusy(true);
    setFailure(null);
    try {
      const session = await client.logIn(fields.login.trim(), fields.password);
      onIn(session.user);
    } catch (error) {
      if (error instanceof Problem && error.status === 401) setFailure(t("login.wrong"));
      else if (error instanceof Problem && error.status === 429) setLocked(error.retryAfter_s ?? 30);
      else setFailure(problemText(error, t));
    } finally {
      setBusy(false);
    }
  }

  const notice = locked_s > 0 ? t("login.limited", { seconds: locked_s }) : failure;
  return (
    <div className="login">
      <div className="login-top">
        <LanguageSwitch />
      </div>
      <main className="login-card">
        <img src="/mark.svg" alt="" width={52} height={52} />
        <h1>{t("product")}</h1>
        <p className="lead">{t("login.lead")}</p>
        {ended && notice === null && <Alert type="info" showIcon title={t("login.again")} />}
        {notice !== null && <Alert type="error" showIcon role="alert" title={notice} />}
        <Form<Fields> layout="vertical" requiredMark={false} onFinish={(fields) => void logIn(fields)} size="large">
          <Form.Item name="login" label={t("login.login")} rules={[{ required: true, message: t("login.missing") }]}>
            <Input autoComplete="username" autoFocus spellCheck={false} />
          </Form.Item>
          <Form.Item
            name="password"
            label={t("login.password")}
            rules={[{ required: true, message: t("login.missing") }]}
          >
            <Input.Password autoComplete="current-password" />
          </Form.Item>
          <Button type="primary" htmlType="submit" block loading={busy} disabled={locked_s > 0}>
            {t("login.submit")}
          </Button>
        </Form>
      </main>
    </div>
  );
}
