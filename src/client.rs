//! `RoamClient`: one short method for each call of the API.
//!
//! Each method checks its arguments before anything else happens. Invalid arguments reject the promise. The method clones the
//! context before the first `await`, so JS may free or call the object in the meantime.

mod context;
mod conversations;
mod history;
mod hosts;
mod lifecycle;
mod list_check;
mod list_pages;
mod list_walk;
mod login;
mod mutations;
mod promise;
mod receipts;
mod reconciliation;
mod session_host;
mod tab;
mod token_renewal;
mod token_source;

use crate::api::options::{
    ConversationReference, DeleteConversationOptions, FetchConversationsOptions, FetchHistoryOptions,
    HistoryOptions, LoadMessagesOptions, LoginOptions, LogoutOptions, OpenOptions, PinConversationOptions,
    RemoveMessagesOptions, TokenArgument,
};
use crate::api::results;
use crate::error::Result;
use context::Context;
use js_sys::Promise;
use mutations::Mutation;
use promise::{promise, void_promise};
use std::rc::Rc;
use wasm_bindgen::prelude::*;

/// The conversations and messages of a user: those of the service, and their local copy on this device.
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
    context: Rc<Context>,
}

#[wasm_bindgen]
impl RoamClient {
    /// Opens the local copy of a user on this device. This needs no network and no login: saved conversations and messages
    /// can be read at once.
    ///
    /// Rejects with `INVALID_APP_KEY` (100), `INVALID_USER_NAME` (101) or `INVALID_PARAM` (110) for invalid options. If the
    /// browser provides no database, the copy lasts only as long as the page, and an `error` event with `DATABASE_ERROR` (3)
    /// reports that.
    ///
    /// Android: `EMClient.init`.
    #[wasm_bindgen(unchecked_return_type = "Promise<RoamClient>")]
    pub fn open(#[wasm_bindgen(unchecked_param_type = "OpenOptions")] options: &JsValue) -> Promise {
        promise(OpenOptions::read(options), |options| async move {
            Ok(Self { context: lifecycle::open(options).await? }.into())
        })
    }

    /// The user's id.
    #[wasm_bindgen(getter)]
    pub fn user(&self) -> String {
        self.context.sync.user.clone()
    }

    /// The id of this device. Other devices see it in their events.
    #[wasm_bindgen(getter, js_name = deviceId)]
    pub fn device_id(&self) -> String {
        self.context.sync.device.clone()
    }

    /// Whether the session is up.
    #[wasm_bindgen(getter, js_name = isConnected)]
    pub fn is_connected(&self) -> bool {
        self.context.logins.is_connected()
    }

    /// Logs in, and resolves when the session is up. From then on, the client receives new messages and the removals of the
    /// user's other devices. With a password, the client requests a token first. With `getToken`, it asks the application's
    /// function, also for the tokens after the first one.
    ///
    /// Rejects with `INVALID_PASSWORD` (102), `USER_NOT_FOUND` (204), `INVALID_TOKEN` (104), `TOKEN_EXPIRED`
    /// (108), `USER_AUTHENTICATION_FAILED` (202), `USER_LOGIN_TOO_MANY_DEVICES` (214), `NETWORK_ERROR` (2),
    /// `SERVER_TIMEOUT` (301) or `SERVER_GET_DNSLIST_FAILED` (304).
    ///
    /// Android: `EMClient.loginWithToken`, `EMClient.login`.
    #[wasm_bindgen(unchecked_return_type = "Promise<void>")]
    pub fn login(&self, #[wasm_bindgen(unchecked_param_type = "LoginOptions")] options: &JsValue) -> Promise {
        let context = self.context.clone();
        void_promise(LoginOptions::read(options), |options| lifecycle::login(context, options))
    }

    /// Fetches the conversation list from the server, and saves it. Without options, the result is the service's default
    /// window: by default up to 10 conversations of the last 7 days. With options, it is a page of the whole list, newest
    /// activity first.
    ///
    /// Rejects with `USER_NOT_LOGIN` (201) before `login`, and with the errors of the server.
    ///
    /// Android: `EMChatManager.asyncFetchConversationsFromServer`.
    #[wasm_bindgen(js_name = fetchConversationsFromServer, unchecked_return_type = "Promise<ConversationPage>")]
    pub fn fetch_conversations_from_server(
        &self,
        #[wasm_bindgen(unchecked_optional_param_type = "FetchConversationsOptions")] options: &JsValue,
    ) -> Promise {
        let context = self.context.clone();
        promise(FetchConversationsOptions::read(options), |options| conversations::fetch(context, options))
    }

    /// Returns the conversations of the local copy: pinned conversations first, then by newest message. Needs no network.
    ///
    /// Android: `EMChatManager.getAllConversationsBySort`.
    #[wasm_bindgen(js_name = loadAllConversations, unchecked_return_type = "Promise<Conversation[]>")]
    pub fn load_all_conversations(&self) -> Promise {
        let context = self.context.clone();
        promise(Ok(()), |()| conversations::load_all(context))
    }

    /// Returns one conversation of the local copy, or `undefined` if the copy does not have it. Needs no network.
    ///
    /// Android: `EMChatManager.getConversation`.
    #[wasm_bindgen(js_name = getConversation, unchecked_return_type = "Promise<Conversation | undefined>")]
    pub fn get_conversation(
        &self,
        #[wasm_bindgen(js_name = conversationId, unchecked_param_type = "string")] id: &JsValue,
        #[wasm_bindgen(js_name = conversationType, unchecked_param_type = "ConversationType")]
        conversation_type: &JsValue,
    ) -> Promise {
        let context = self.context.clone();
        promise(ConversationReference::read_arguments("getConversation", id, conversation_type), |id| {
            conversations::get(context, id)
        })
    }

    /// Fetches a page of a conversation's history from the server, and saves it.
    ///
    /// With `up`, the newest message comes first. To fetch the next page, pass `startMsgId: page.cursor`, until `isLast` is
    /// true. Rejects with `SERVICE_NOT_ENABLED` (505) if message roaming is not enabled for the app.
    ///
    /// Android: `EMChatManager.asyncFetchHistoryMessages`.
    #[wasm_bindgen(js_name = fetchHistoryMessages, unchecked_return_type = "Promise<HistoryPage>")]
    pub fn fetch_history_messages(
        &self,
        #[wasm_bindgen(unchecked_param_type = "FetchHistoryOptions")] options: &JsValue,
    ) -> Promise {
        let context = self.context.clone();
        promise(FetchHistoryOptions::read(options), |options| history::fetch(context, options))
    }

    /// Reads a page of a conversation's history from the local copy. Needs no network. `complete` is false if the server may
    /// have messages inside this page that are missing in the copy.
    ///
    /// Android: `EMConversation.loadMoreMsgFromDB`.
    #[wasm_bindgen(js_name = loadMessages, unchecked_return_type = "Promise<LocalHistoryPage>")]
    pub fn load_messages(
        &self,
        #[wasm_bindgen(unchecked_param_type = "LoadMessagesOptions")] options: &JsValue,
    ) -> Promise {
        let context = self.context.clone();
        promise(LoadMessagesOptions::read(options), |options| history::load(context, options))
    }

    /// Walks through a conversation's history: complete parts come from the local copy, and missing parts are fetched
    /// from the server and saved. A second walk over the same range sends no request. A page is read when the loop needs it.
    /// Each loop over the result begins a new walk.
    ///
    /// Throws `INVALID_PARAM` (110) for invalid options. At a missing part, the loop throws the errors of
    /// `fetchHistoryMessages`, such as `USER_NOT_LOGIN` (201) before `login`.
    ///
    /// Android: `EMConversation.loadMoreMsgFromDB` combined with `EMChatManager.asyncFetchHistoryMessages`.
    ///
    /// @example
    /// ```ts
    /// for await (const messages of client.history({ conversationId: "bob", conversationType: "singleChat" })) {
    ///   if (!show(messages)) break; // newest first
    /// }
    /// ```
    #[wasm_bindgen(unchecked_return_type = "AsyncIterable<Message[]>")]
    pub fn history(
        &self,
        #[wasm_bindgen(unchecked_param_type = "HistoryOptions")] options: &JsValue,
    ) -> Result<JsValue, JsValue> {
        let options = HistoryOptions::read(options).map_err(|error| error.to_js())?;
        Ok(history::walk(self.context.clone(), options))
    }

    /// Removes messages one-way: the user can no longer fetch them on any device, and the user's other devices remove them
    /// from their copies. Nobody else is affected. The options name 1 to 50 messages, or a time up to which all messages are
    /// removed.
    ///
    /// Android: `EMConversation.removeMessagesFromServer`.
    #[wasm_bindgen(js_name = removeMessagesFromServer, unchecked_return_type = "Promise<void>")]
    pub fn remove_messages_from_server(
        &self,
        #[wasm_bindgen(unchecked_param_type = "RemoveMessagesOptions")] options: &JsValue,
    ) -> Promise {
        let context = self.context.clone();
        let mutation = RemoveMessagesOptions::read(options)
            .map(|options| Mutation::Remove(options.conversation(), options.into_removal()));
        void_promise(mutation, |mutation| mutations::run(context, mutation))
    }

    /// Deletes a conversation on the server, with or without its messages, and in the local copy. A new message creates the
    /// conversation again.
    ///
    /// Android: `EMChatManager.deleteConversationFromServer`.
    #[wasm_bindgen(js_name = deleteConversationFromServer, unchecked_return_type = "Promise<void>")]
    pub fn delete_conversation_from_server(
        &self,
        #[wasm_bindgen(unchecked_param_type = "DeleteConversationOptions")] options: &JsValue,
    ) -> Promise {
        let context = self.context.clone();
        let mutation = DeleteConversationOptions::read(options).map(|options| Mutation::Delete {
            conversation: options.conversation(),
            with_messages: options.is_delete_server_messages,
        });
        void_promise(mutation, |mutation| mutations::run(context, mutation))
    }

    /// Pins a conversation to the top of the list, or unpins it: on the server, in the local copy, and on the user's other
    /// devices.
    ///
    /// Rejects with `USER_NOT_LOGIN` (201) before `login`, and with `SERVER_UNKNOWN_ERROR` (303) for a conversation that is not
    /// on the server's list.
    ///
    /// Android: `EMChatManager.asyncPinConversation`.
    #[wasm_bindgen(js_name = pinConversation, unchecked_return_type = "Promise<void>")]
    pub fn pin_conversation(
        &self,
        #[wasm_bindgen(unchecked_param_type = "PinConversationOptions")] options: &JsValue,
    ) -> Promise {
        let context = self.context.clone();
        void_promise(PinConversationOptions::read(options), |options| conversations::pin(context, options))
    }

    /// Marks all messages of a conversation as read: in the local copy at once, then on the server and on the user's other
    /// devices. In a single chat, the other user's devices are told, too.
    ///
    /// Resolves when the local copy has stored it. This needs no network and no login: the local copy keeps a receipt, and sends
    /// it as soon as a session is up, also after a restart. Messages that arrived after the call stay unread. If the
    /// server refuses the receipt, an `error` event tells why, such as `GROUP_NOT_JOINED` (602), and the server's count comes back.
    ///
    /// Rejects with `INVALID_PARAM` (110) for invalid options, and with `DATABASE_ERROR` (3) if nothing could be stored.
    ///
    /// Android: `EMConversation.markAllMessagesAsRead` together with `EMChatManager.ackConversationRead`.
    ///
    /// @example
    /// ```ts
    /// await client.markConversationAsRead({ conversationId: "bob", conversationType: "singleChat" });
    /// ```
    #[wasm_bindgen(js_name = markConversationAsRead, unchecked_return_type = "Promise<void>")]
    pub fn mark_conversation_as_read(
        &self,
        #[wasm_bindgen(unchecked_param_type = "ConversationReference")] options: &JsValue,
    ) -> Promise {
        let context = self.context.clone();
        void_promise(ConversationReference::read("markConversationAsRead", options), |id| {
            conversations::mark_as_read(context, id)
        })
    }

    /// Deletes all conversations and messages of the user, on the server and in the local copy.
    ///
    /// Android: `EMChatManager.asyncDeleteAllMsgsAndConversations`.
    #[wasm_bindgen(js_name = deleteAllMessagesAndConversations, unchecked_return_type = "Promise<void>")]
    pub fn delete_all_messages_and_conversations(&self) -> Promise {
        let context = self.context.clone();
        void_promise(Ok(Mutation::DeleteAll), |mutation| mutations::run(context, mutation))
    }

    /// Adds a listener to an event, and returns the function that removes it. Throws `INVALID_PARAM` (110) for an unknown
    /// event.
    #[wasm_bindgen(skip_typescript)]
    pub fn on(&self, event: &JsValue, listener: &JsValue) -> Result<js_sys::Function, JsValue> {
        self.context.sync.listeners.on(event, listener).map_err(|error| error.to_js())
    }

    /// Replaces the token without a new connection, before or after the old token expired.
    ///
    /// Rejects with `USER_NOT_LOGIN` (201) before `login`, and with the server's errors about the token.
    ///
    /// Android: `EMClient.renewToken`.
    #[wasm_bindgen(js_name = renewToken, unchecked_return_type = "Promise<void>")]
    pub fn renew_token(
        &self,
        #[wasm_bindgen(js_name = token, unchecked_param_type = "string")] given: &JsValue,
    ) -> Promise {
        let context = self.context.clone();
        void_promise(TokenArgument::read(given), |given| token_renewal::renew_token(context, given.token.0))
    }

    /// Returns the size of the local copy.
    #[wasm_bindgen(js_name = storageEstimate, unchecked_return_type = "Promise<StorageEstimate>")]
    pub fn storage_estimate(&self) -> Promise {
        let context = self.context.clone();
        promise(Ok(()), |()| async move {
            let estimate = lifecycle::estimate_storage(context).await?;
            Ok(results::to_js(&estimate)?)
        })
    }

    /// Ends the session. The local copy stays readable, unless `wipe` deletes it. Pending requests to the server reject.
    ///
    /// Android: `EMClient.logout`.
    #[wasm_bindgen(unchecked_return_type = "Promise<void>")]
    pub fn logout(
        &self,
        #[wasm_bindgen(unchecked_optional_param_type = "LogoutOptions")] options: &JsValue,
    ) -> Promise {
        let context = self.context.clone();
        void_promise(LogoutOptions::read(options), |options| lifecycle::logout(context, options))
    }

    /// Ends the session, and closes the local copy. Pending and later calls reject.
    pub fn close(&self) {
        lifecycle::close(&self.context);
    }
}

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
export interface RoamClient {
    /**
     * Adds a listener to an event, and returns the function that removes it.
     *
     * @example
     * const off = client.on("messageRemoved", (e) => redraw(e.conversationId));
     */
    on<K extends keyof EventMap>(event: K, listener: (event: EventMap[K]) => void): () => void;
}
"#;
