//! `RoamClient`: one short method for each promise of the API.
//!
//! Every method clones what its future needs before the first await, so that an object which JS frees or
//! calls again meanwhile harms nothing.

mod calls;
mod compare;
mod history;
mod inner;
mod tab;

use crate::error::{Failure, Result};
use crate::options::{
    DeleteConversationOptions, FetchConversationsOptions, FetchHistoryOptions, LoadMessagesOptions,
    LoginOptions, LogoutOptions, OpenOptions, RemoveMessagesOptions, conversation_id, token,
};
use crate::platform;
use calls::Wanted;
use inner::Inner;
use js_sys::Promise;
use std::future::Future;
use std::rc::Rc;
use wasm_bindgen::prelude::*;

/// A user's conversations and messages on one device: the service's, and the local copy of them.
///
/// @example
/// ```ts
/// const client = await RoamClient.open({ appKey: "org#app", user: "alice" });
/// await client.login({ token });
/// client.on("messageRemoved", (e) => console.log(e.deviceId, "removed", e.msgIdList));
/// const { messages } = await client.fetchHistoryMessages({
///   conversationId: "bob", conversationType: "singleChat", pageSize: 50,
/// });
/// ```
#[wasm_bindgen]
pub struct RoamClient {
    inner: Rc<Inner>,
}

/// A promise of what comes out of a checked call. Arguments are checked before anything happens, and a wrong
/// one rejects like any other failure: a call never throws.
fn promise<T, F>(checked: Result<T, JsValue>, run: impl FnOnce(T) -> F) -> Promise
where
    F: Future<Output = Result<JsValue, Failure>> + 'static,
{
    match checked {
        Ok(options) => platform::promise(run(options)),
        Err(error) => Promise::reject(&error),
    }
}

#[wasm_bindgen]
impl RoamClient {
    /// Opens the local copy of a user on this device. Needs no network and no login: what was kept is
    /// readable at once.
    ///
    /// Rejects with `INVALID_APP_KEY` (100), `INVALID_USER_NAME` (101) or `INVALID_PARAM` (110) for options
    /// that are not as they should be. Where the browser keeps no database, the copy lasts as long as the page, and
    /// an `error` event with `DATABASE_ERROR` (3) says so once.
    ///
    /// Android: `EMClient.init`.
    #[wasm_bindgen(unchecked_return_type = "Promise<RoamClient>")]
    pub fn open(#[wasm_bindgen(unchecked_param_type = "OpenOptions")] options: &JsValue) -> Promise {
        promise(OpenOptions::read(options), |options| async move {
            let inner = Rc::new(Inner::open(options).await?);
            Ok(Self { inner }.into())
        })
    }

    /// The user's id.
    #[wasm_bindgen(getter)]
    pub fn user(&self) -> String {
        self.inner.sync.user.clone()
    }

    /// This device's id, as other devices see it in their events.
    #[wasm_bindgen(getter, js_name = deviceId)]
    pub fn device_id(&self) -> String {
        self.inner.sync.device.clone()
    }

    /// Whether the session is up.
    #[wasm_bindgen(getter, js_name = isConnected)]
    pub fn is_connected(&self) -> bool {
        self.inner.is_connected()
    }

    /// Logs in: gets a token where a password is given, opens the socket, and resolves when the session is
    /// up. From then on other devices' removals arrive by themselves.
    ///
    /// Rejects with `INVALID_PASSWORD` (102), `USER_NOT_FOUND` (204), `INVALID_TOKEN` (104), `TOKEN_EXPIRED`
    /// (108), `USER_AUTHENTICATION_FAILED` (202), `USER_LOGIN_TOO_MANY_DEVICES` (214), `NETWORK_ERROR` (2),
    /// `SERVER_TIMEOUT` (301) or `SERVER_GET_DNSLIST_FAILED` (304).
    ///
    /// Android: `EMClient.loginWithToken`, `EMClient.login`.
    #[wasm_bindgen(unchecked_return_type = "Promise<void>")]
    pub fn login(&self, #[wasm_bindgen(unchecked_param_type = "LoginOptions")] options: &JsValue) -> Promise {
        let inner = self.inner.clone();
        promise(LoginOptions::read(options), |options| inner.login(options))
    }

    /// Fetches the conversation list from the server and keeps it. Without options: the service's default
    /// window (by default the conversations of the last 7 days, 10 at most). With options: a page of the
    /// whole list, newest activity first.
    ///
    /// Rejects with `USER_NOT_LOGIN` (201) before `login`, and with what the server says.
    ///
    /// Android: `EMChatManager.asyncFetchConversationsFromServer`.
    #[wasm_bindgen(js_name = fetchConversationsFromServer, unchecked_return_type = "Promise<ConversationPage>")]
    pub fn fetch_conversations_from_server(
        &self,
        #[wasm_bindgen(unchecked_optional_param_type = "FetchConversationsOptions")] options: &JsValue,
    ) -> Promise {
        let inner = self.inner.clone();
        promise(FetchConversationsOptions::read(options), |options| inner.fetch_conversations(options))
    }

    /// The conversations of the local copy: pinned ones first, then by their newest message. Needs no
    /// network.
    ///
    /// Android: `EMChatManager.getAllConversationsBySort`.
    #[wasm_bindgen(js_name = loadAllConversations, unchecked_return_type = "Promise<Conversation[]>")]
    pub fn load_all_conversations(&self) -> Promise {
        let inner = self.inner.clone();
        promise(Ok(()), |()| inner.load_conversations())
    }

    /// One conversation of the local copy; `undefined` where it is not known. Needs no network.
    ///
    /// Android: `EMChatManager.getConversation`.
    #[wasm_bindgen(js_name = getConversation, unchecked_return_type = "Promise<Conversation | undefined>")]
    pub fn get_conversation(
        &self,
        #[wasm_bindgen(js_name = conversationId, unchecked_param_type = "string")] id: &JsValue,
        #[wasm_bindgen(js_name = conversationType, unchecked_param_type = "ConversationType")]
        conversation_type: &JsValue,
    ) -> Promise {
        let inner = self.inner.clone();
        promise(conversation_id(id, conversation_type), |id| inner.get_conversation(id))
    }

    /// Fetches a page of a conversation's history from the server and keeps it.
    ///
    /// Messages stand in walking order: newest first with `up`. Go on with `startMsgId: page.cursor` until
    /// `isLast`. Rejects with `SERVICE_NOT_ENABLED` (505) where the app has no message roaming.
    ///
    /// Android: `EMChatManager.asyncFetchHistoryMessages`.
    #[wasm_bindgen(js_name = fetchHistoryMessages, unchecked_return_type = "Promise<HistoryPage>")]
    pub fn fetch_history_messages(
        &self,
        #[wasm_bindgen(unchecked_param_type = "FetchHistoryOptions")] options: &JsValue,
    ) -> Promise {
        let inner = self.inner.clone();
        promise(FetchHistoryOptions::read(options), |options| inner.fetch_history(options))
    }

    /// Reads a page of a conversation's history from the local copy. Needs no network. `complete` is false
    /// where the server may have messages inside this page that the copy misses.
    ///
    /// Android: `EMConversation.loadMoreMsgFromDB`.
    #[wasm_bindgen(js_name = loadMessages, unchecked_return_type = "Promise<LocalHistoryPage>")]
    pub fn load_messages(
        &self,
        #[wasm_bindgen(unchecked_param_type = "LoadMessagesOptions")] options: &JsValue,
    ) -> Promise {
        let inner = self.inner.clone();
        promise(LoadMessagesOptions::read(options), |options| inner.load_messages(options))
    }

    /// Walks through a conversation's history: what the local copy has whole comes from there, only what it misses is
    /// fetched from the server, and kept. A second walk over the same range sends nothing. Nothing is read before the
    /// loop asks for it; each loop over the result is a walk of its own.
    ///
    /// Throws `INVALID_PARAM` (110) for wrong options. The loop throws what `fetchHistoryMessages` rejects with when
    /// it comes to what is not here, `USER_NOT_LOGIN` (201) before `login` among it.
    ///
    /// Android: `EMConversation.loadMoreMsgFromDB` and `EMChatManager.asyncFetchHistoryMessages`, by turns.
    ///
    /// @example
    /// ```ts
    /// for await (const messages of client.history({ conversationId: "bob", conversationType: "singleChat" })) {
    ///   if (!show(messages)) break; // newest first
    /// }
    /// ```
    #[wasm_bindgen(unchecked_return_type = "AsyncIterable<StoredMessage[]>")]
    pub fn history(
        &self,
        #[wasm_bindgen(unchecked_param_type = "HistoryOptions")] options: &JsValue,
    ) -> Result<JsValue, JsValue> {
        Ok(history::walk(self.inner.clone(), FetchHistoryOptions::read_walk(options)?))
    }

    /// Removes messages one-way: the user can fetch them no more, on any device, and the user's other devices
    /// drop them; nobody else is affected. 1 to 50 ids, or everything up to a time.
    ///
    /// Android: `EMConversation.removeMessagesFromServer`.
    #[wasm_bindgen(js_name = removeMessagesFromServer, unchecked_return_type = "Promise<void>")]
    pub fn remove_messages_from_server(
        &self,
        #[wasm_bindgen(unchecked_param_type = "RemoveMessagesOptions")] options: &JsValue,
    ) -> Promise {
        let inner = self.inner.clone();
        let wanted = RemoveMessagesOptions::read(options);
        let wanted = wanted.map(|(conversation, removal)| Wanted::Removal(conversation, removal));
        promise(wanted, |wanted| inner.change(wanted))
    }

    /// Deletes a conversation on the server, with or without its history, and here. A new message brings it
    /// back.
    ///
    /// Android: `EMChatManager.deleteConversationFromServer`.
    #[wasm_bindgen(js_name = deleteConversationFromServer, unchecked_return_type = "Promise<void>")]
    pub fn delete_conversation_from_server(
        &self,
        #[wasm_bindgen(unchecked_param_type = "DeleteConversationOptions")] options: &JsValue,
    ) -> Promise {
        let inner = self.inner.clone();
        let wanted = DeleteConversationOptions::read(options).map(Wanted::Deletion);
        promise(wanted, |wanted| inner.change(wanted))
    }

    /// Deletes all conversations and messages of the user on the server, and here.
    ///
    /// Android: `EMChatManager.asyncDeleteAllMsgsAndConversations`.
    #[wasm_bindgen(js_name = deleteAllMessagesAndConversations, unchecked_return_type = "Promise<void>")]
    pub fn delete_all_messages_and_conversations(&self) -> Promise {
        let inner = self.inner.clone();
        promise(Ok(Wanted::DeletionOfAll), |wanted| inner.change(wanted))
    }

    /// Listens to an event; the function that comes back ends that. Throws `INVALID_PARAM` (110) for an event
    /// that does not exist.
    #[wasm_bindgen(skip_typescript)]
    pub fn on(&self, event: &JsValue, listener: &JsValue) -> Result<js_sys::Function, JsValue> {
        self.inner.sync.listeners.on(event, listener)
    }

    /// Hands over a new token, before or after the old one expired, without a new connection.
    ///
    /// Rejects with `USER_NOT_LOGIN` (201) where there is no login, or none any more when the server has looked at the token,
    /// and with what the server says of that.
    ///
    /// Android: `EMClient.renewToken`.
    #[wasm_bindgen(js_name = renewToken, unchecked_return_type = "Promise<void>")]
    pub fn renew_token(
        &self,
        #[wasm_bindgen(js_name = token, unchecked_param_type = "string")] given: &JsValue,
    ) -> Promise {
        let inner = self.inner.clone();
        promise(token(given), |token| inner.renew_token(token))
    }

    /// How much the local copy holds.
    #[wasm_bindgen(js_name = storageEstimate, unchecked_return_type = "Promise<StorageEstimate>")]
    pub fn storage_estimate(&self) -> Promise {
        let inner = self.inner.clone();
        promise(Ok(()), |()| inner.estimate())
    }

    /// Ends the session; the local copy stays readable, unless `wipe` removes it. Calls of the server that are under way
    /// reject.
    ///
    /// Android: `EMClient.logout`.
    #[wasm_bindgen(unchecked_return_type = "Promise<void>")]
    pub fn logout(
        &self,
        #[wasm_bindgen(unchecked_optional_param_type = "LogoutOptions")] options: &JsValue,
    ) -> Promise {
        let inner = self.inner.clone();
        promise(LogoutOptions::read(options), |options| inner.logout(options))
    }

    /// Ends the session and lets go of the local copy; every later call rejects, and so do those that are under way.
    pub fn close(&self) {
        self.inner.close();
    }
}

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
export interface RoamClient {
    /**
     * Listens to an event; the function that comes back ends that.
     *
     * @example
     * const off = client.on("messageRemoved", (e) => redraw(e.conversationId));
     */
    on<K extends keyof EventMap>(event: K, listener: (event: EventMap[K]) => void): () => void;
}
"#;
