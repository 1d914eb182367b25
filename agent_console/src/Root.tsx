/** Session and language around everything: either the log-in or the console. */

import { App as AntApp, ConfigProvider, Spin } from "antd";
import enUS from "antd/locale/en_US";
import zhCN from "antd/locale/zh_CN";
import { StyleProvider } from "@ant-design/cssinjs";
import dayjs from "dayjs";
import "dayjs/locale/zh-cn";
import { lazy, Suspense, useCallback, useEffect, useMemo, useState } from "react";
import { client } from "./api/client";
import type { Language, User } from "./api/types";
import { browserLanguage, DICTIONARIES, rememberedLanguage, rememberLanguage } from "./i18n";
import { Shell } from "./Shell";
import { LIGHT } from "./theme";
import { LanguageScope } from "./ui/context";

const LogIn = lazy(async () => ({ default: (await import("./screens/LogIn")).LogIn }));

type SessionState = { kind: "unknown" } | { kind: "out"; ended: boolean } | { kind: "in"; user: User };

export function Root() {
  const [session, setSession] = useState<SessionState>({ kind: "unknown" });
  const [language, setLanguage] = useState<Language>(() => rememberedLanguage() ?? browserLanguage());

  const enter = useCallback((user: User) => {
    setLanguage((current) => (rememberedLanguage() === null ? user.language : current));
    setSession({ kind: "in", user });
  }, []);

  useEffect(() => {
    client.resume().then(
      (found) => enter(found.user),
      () => setSession({ kind: "out", ended: false }),
    );
  }, [enter]);

  useEffect(() => {
    document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
    document.title = DICTIONARIES[language].product;
    dayjs.locale(language === "zh" ? "zh-cn" : "en");
  }, [language]);

  const choice = useMemo(
    () => ({
      language,
      choose: (chosen: Language) => {
        rememberLanguage(chosen);
        setLanguage(chosen);
      },
    }),
    [language],
  );

  return (
    <StyleProvider layer>
      <LanguageScope.Provider value={choice}>
        <ConfigProvider
          locale={language === "zh" ? zhCN : enUS}
          theme={LIGHT}
          button={{ autoInsertSpace: false }}
          wave={{ disabled: true }}
        >
          <AntApp className="app">
            {session.kind === "unknown" && <Spin className="starting" size="large" />}
            {session.kind === "out" && (
              <Suspense fallback={<Spin className="starting" size="large" />}>
                <LogIn ended={session.ended} onIn={enter} />
              </Suspense>
            )}
            {session.kind === "in" && (
              <Shell key={session.user.id} user={session.user} onOut={(ended) => setSession({ kind: "out", ended })} />
            )}
          </AntApp>
        </ConfigProvider>
      </LanguageScope.Provider>
    </StyleProvider>
  );
}
