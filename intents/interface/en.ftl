# What Latchkey itself says, in English. Scenarios have files of their own.
# Every sentence is kind, short and true, and says how long things take. $name and the like are put in as they are.

## Everywhere
practice-tenant = Practice tenant: nothing here touches a real account.
something-broke = Sorry, something went wrong on my side and I can't tell how far I got. Please try again in a few minutes, or contact your help desk. If you had confirmed a change, check the account first.
answered-elsewhere = Done. My answer is in the conversation.
busy = I have my hands full right now. Please try again in a minute.
sources = Sources:
reviewed = reviewed { $date }
unknown-time = an unknown time

## Answers
for-administrators = For administrators
ask-administrator = Ask an administrator
clarify-one = I'd like to give you the right steps. Is this what happens to you? If not, tell me a little more.
clarify = I'd like to give you the right steps. Which of these is it?
follow-up = What I wrote about “{ $about }” holds for every device and app. If it didn't help, an administrator can look at the account.
code-page = Microsoft's page about it
code-no-lockout = This is not a lockout, so no administrator has to unlock anything.
help-title = I help when Microsoft 365 locks you out
help-topics = Tell me in your own words what happens. I know about:
help-request = When it takes an administrator, I can pass your request on. You'll hear from me when something is done.
help-languages = I answer in the language that you write in. To choose one, write “english” or “ελληνικά”.
help-administrator = As an administrator you can write an address, such as “look up maria@contoso.com”, to see the account and what can be done.
help-secret = Please never send me a password or a code. I don't need them.

## Choosing a language (speak-words: what one writes to choose it, separated by |)
speak-words = english | in english | in english please | answer in english | speak english | αγγλικά | στα αγγλικά
speak-chosen = I'll answer you in English from now on.

## Asking an administrator
which-account = Which account is it about? Write the address that it signs in with.
which-account-of = Which account is it about ({ $name })? Write the address that it signs in with.
account-field = Address of the account
send-request = Send to the administrators
not-an-address = That doesn't look like an address. It should be like maria@contoso.com.
no-administrators = I have no administrators to pass this on to here. Please contact your help desk.
request-sent = I've passed your request about { $account } to the administrators. I'll tell you here as soon as one of them has acted. If it's urgent, contact your help desk as well.
request-not-sent = Sorry, I couldn't reach the administrators just now. Please contact your help desk, or try again in a few minutes.

## The administrators' card
card-request = Request: { $about }
card-account = Account
fact-account = Account
fact-asked-by = Asked by
fact-sign-in = Sign-in
fact-password-changed = Password last changed
asked-by-known = { $name }, signed in as { $account }
asked-by-unknown = { $name } (who they are is not verified)
sign-in-allowed = allowed
sign-in-blocked = blocked
account-not-found = No account has the address { $account }. Check it with the person who asked.
account-ambiguous = { $count } accounts share the address { $account }, so it doesn't tell which one is meant. Ask for the address that the account signs in with.
account-unavailable = I couldn't look up { $account }: { $why }
nothing-found = I found nothing that would lock this account out.
looked-fine = Checked and clear: { $probes }.
not-looked = Not checked: { $probe }. { $why }
look-again = Check again
show-steps = Show the steps
close-request = Close the request

## What was looked at
probe-risk = risk in Identity Protection
probe-forwarding = mailbox forwarding
probe-rules = inbox rules
probe-hidden-rules = hidden inbox rules
probe-consents = applications with access
probe-health = health of Microsoft 365
probe-restricted = restricted entities
probe-sign-ins = recent sign-ins
probe-mailbox = mailbox licence
probe-origin = where the account is managed
probe-privilege = administrator roles

## What was found
finding-compromised = Identity Protection has confirmed that this account is compromised. Secure it before anything else.
finding-at-risk = Identity Protection sees this account at risk. Find out why before you let it send or sign in again.
finding-forwarding = The mailbox forwards its mail to { $to }.
finding-rules = Inbox rules forward or hide mail: { $names }.
finding-hidden-rules = Hidden inbox rules, which no mail program shows, forward or hide mail: { $names }.
finding-consents = Applications that this account let in can reach its data: { $scopes }. A new password does not stop them.
finding-service-issue = Microsoft reports an incident at { $service } ({ $id }): { $title } Look there before you change the account.
finding-restricted-volume = Sending is blocked since { $since }: it sent to too many recipients.
finding-restricted-spam = Sending is blocked since { $since }: what it sent was judged to be spam. Treat it as compromised until you know better.
finding-restricted-other = Sending is blocked since { $since }. Exchange gives no reason that I know.
finding-sign-in-blocked = Sign-in is blocked. Find out who blocked it, and why, before you allow it.
finding-locked-out = Smart lockout refused a sign-in at { $at }. It ends by itself after a minute or more, unless an old device keeps trying.
finding-password-expired = A sign-in at { $at } was refused because the password has expired.
finding-no-mailbox = No licence gives this account a mailbox, so it can't send mail at all.
finding-synced = The account is managed in your on-premises directory. Its password and sign-in must be changed there.
finding-federated = Sign-in for { $domain } is handled by another identity provider. The password must be changed there.
finding-guest = This is a guest. Their own organisation manages the password.
finding-privileged = This account has administrator rights ({ $name }), so it can't be changed from chat. Use the Microsoft Entra admin center.

## Actions
action-look-up = Look up the account
action-unblock-sender = Unblock sending
action-reset-password = Reset password
action-allow-sign-in = Allow sign-in
action-block-sign-in = Block sign-in
action-revoke-sessions = Sign out everywhere
action-temporary-access-pass = Give a Temporary Access Pass
action-reset-mfa = Require MFA registration again
action-disable-rules = Switch off suspicious inbox rules
action-enable-rules = Switch inbox rules on again
action-clear-forwarding = End mail forwarding
action-revoke-consents = Revoke applications' access
action-dismiss-risk = Dismiss the risk
action-confirm-compromised = Confirm as compromised
preview-look-up = This reads the state of { $name } ({ $account }) again. It changes nothing.
preview-unblock-sender = This removes { $sender } from the restricted entities, so that { $name } can send mail again. Microsoft limits how often one account can be unblocked.
preview-reset-password = This sets a new temporary password for { $name } ({ $account }). The old one stops working at once, and the new one must be changed at the next sign-in.
preview-allow-sign-in = This lets { $name } ({ $account }) sign in again.
preview-block-sign-in = This stops { $name } ({ $account }) from signing in to Microsoft 365.
preview-revoke-sessions = This signs { $name } ({ $account }) out of every device and app. They will have to sign in again everywhere.
preview-temporary-access-pass = This makes a Temporary Access Pass for { $name } ({ $account }): a code that proves once who signs in, without password or phone. An earlier pass stops working. You alone will see it, once.
preview-reset-mfa = This takes away the sign-in methods of { $name } ({ $account }), all but the password, so that they must be registered again. Until then nobody can sign in where MFA is asked for, unless you also give a Temporary Access Pass.
preview-disable-rules = This switches off inbox rules of { $name } ({ $account }) that send mail on or hide it. They are kept as evidence.
preview-enable-rules = This switches inbox rules of { $name } ({ $account }) on again that send mail on or hide it. Do it only when { $name } knows them.
preview-clear-forwarding = The mailbox of { $name } ({ $account }) stops sending its mail on to another address. Inbox rules that forward are not touched.
preview-revoke-consents = Applications that { $name } ({ $account }) let into mail, files or the directory lose that access.
preview-dismiss-risk = This tells Identity Protection that the risk of { $name } ({ $account }) has been dealt with. Do it only when the account is secured.
preview-confirm-compromised = This tells Identity Protection that somebody else had the account of { $name } ({ $account }). Its risk becomes high, and your policies may block it until its password is changed.
delay-look-up = This takes a few seconds.
delay-unblock-sender = Sending usually works again within 1 hour, at most within 24.
delay-reset-password = The new password works within a few minutes.
delay-allow-sign-in = Signing in usually works again within a few minutes. If it doesn't, allow up to 24 hours.
delay-block-sign-in = It can take up to 24 hours to work everywhere. To stop somebody at once, reset the password and sign them out everywhere as well.
delay-revoke-sessions = It takes a few minutes; apps that are already open can keep working for about an hour.
delay-temporary-access-pass = The pass usually works within a minute.
delay-reset-mfa = It works within a few minutes. Sessions that are open go on until you sign the account out everywhere.
delay-disable-rules = It works at once for new mail.
delay-enable-rules = It works at once for new mail.
delay-clear-forwarding = It works within a few minutes for new mail.
delay-revoke-consents = Access that is already open can last for about an hour.
delay-dismiss-risk = Policies follow within a few minutes.
delay-confirm-compromised = Policies follow within a few minutes.

## What a preview tells beside that
detail-methods = What goes, in this order: { $methods }.
detail-rules = The rules: { $names }.
detail-hidden-rules-unknown = I couldn't look for hidden rules, so there may be more. { $why }
detail-forwarding = It forwards to { $to } now. Write that down if it may be wanted again.
detail-pass-lifetime = It works once, within { $minutes } minutes.
method-phone = phone
method-authenticator = Microsoft Authenticator
method-software-oath = another authenticator's codes
method-fido2 = security key or passkey
method-email = e-mail address
method-windows-hello = Windows Hello for Business
warn-unblocked-before = This account has been unblocked { $times } time(s) before. Microsoft limits how often that can be done; after that only Microsoft Support can. Find out first why it happens again.

## Whether it can be taken back
undo-by = You can take it back with “{ $action }”.
undo-look-up = It changes nothing, so there is nothing to take back.
undo-unblock-sender = It can't be taken back from here; blocking sign-in stops the account from sending too.
undo-reset-password = It can't be taken back: nobody knows the old password. You can reset it again.
undo-revoke-sessions = It can't be taken back: everybody signs in again.
undo-temporary-access-pass = A new pass ends this one; otherwise it ends by itself.
undo-reset-mfa = It can't be taken back: only the owner can register the methods again.
undo-clear-forwarding = It can't be taken back from here: whoever wants the forwarding sets it up again.
undo-revoke-consents = It can't be taken back from here: whoever needs an application lets it in again.
confirm = Confirm
cancel = Cancel
cancelled = Cancelled. Nothing was changed.
working = Working on it. This takes a few seconds…
secret-reset-password = Temporary password
once-reset-password = Here is the temporary password for { $name }. It is shown once and stored nowhere. Give it to { $name } in person or by phone, after making sure who it is; never by mail or chat.
not-shown-reset-password = The new password for { $name } could not be shown privately, so I have made it worthless: I set another one, which nobody has seen. Reset the password again.
not-voided-reset-password = The new password for { $name } could not be shown privately, and I could not replace it either. Reset the password again now, or block sign-in.
secret-temporary-access-pass = Temporary Access Pass
once-temporary-access-pass = Here is the Temporary Access Pass for { $name }. It is shown once and stored nowhere. Give it to { $name } in person or by phone, after making sure who it is; never by mail or chat.
not-shown-temporary-access-pass = The Temporary Access Pass for { $name } could not be shown privately, so I have deleted it. Make a new one.
not-voided-temporary-access-pass = The Temporary Access Pass for { $name } could not be shown privately, and I could not delete it either. Make a new one now, which ends it, or block sign-in.

## How it ended
by = { $administrator } · { $name } ({ $account }) · { $when }
outcome-done = Done: { $action }
outcome-unconfirmed = Accepted, not visible yet: { $action }
outcome-partial = Done in part: { $action }
outcome-not-done = Not done: { $action }
outcome-unknown = Outcome unknown: { $action }
outcome-closed = Request closed, nothing changed
closed-by = { $administrator } · { $account } · { $when }
unconfirmed = Microsoft 365 accepted the change but does not show it yet. Check again in a few minutes before you repeat it.
partial = { $done } of { $of } changes were made, and not the rest. { $why } Check the account again.
failed = Nothing was changed. { $why }
unknown = The connection broke before Microsoft 365 answered, so this may or may not have happened. I have not repeated it. Check the account again before you do.
restarted = I was restarted while “{ $action }” was running for { $account } ({ $when }). I don't know whether it happened, and I have not repeated it. Please check the account.

## Why an action does not fit
unfit-synced = This account is managed in your on-premises directory, so it can't be changed from here: the change would be refused or overwritten. Change it in Active Directory, or have the person use self-service reset (aka.ms/sspr) if password writeback is set up.
unfit-federated = Passwords for { $domain } are managed by another identity provider, so I can't reset them here. Reset it there.
unfit-guest = This is a guest. Only their own organisation can do this for them.
unfit-already-so = There is nothing to change: it is so already.
unfit-not-enabled = The tenant's policy does not allow this. Whoever manages it can: Microsoft Entra admin center › Protection › Authentication methods › Policies › Temporary Access Pass.

## When the account must be secured first
unfit-gated = I won't do this yet, because somebody else may be using the account:
sign-compromised = Identity Protection has confirmed that it is compromised.
sign-at-risk = Identity Protection sees it at risk.
sign-spam = What it sent was judged to be spam, and its password has not been changed since.
sign-forwarding = Its mailbox forwards mail.
sign-rules = Inbox rules forward or hide its mail.
sign-hidden-rules = Hidden inbox rules forward or hide its mail.
sign-consents = Applications that it let in can reach its data.
sign-unchecked = I couldn't check this: { $probe }. { $why }
gated-remedies = Secure it first: { $actions }. Then ask me again.
gated-otherwise = If you know that the account is safe, say why, and a second administrator decides with you.
override = Do it anyway, with a second person
override-title = In spite of these signs: { $action }
override-signs = What speaks against it:
override-why = Write why the account is safe all the same: whom you spoke to, and how you know that it was them. A second administrator reads it before anything changes, and it stays in the audit trail.
override-field = Why is it safe?
override-hint = Met Maria at her desk; the forwarding goes to her assistant
override-propose = Ask a second person
override-reason-length = Please write the reason in { $least } to { $most } characters. Nothing was changed.
override-open = Nothing speaks against it any more. Ask me for it again in the usual way.
fact-override-reason = Reason given

## Unblocking in the portal, where it can't be done from here
portal-unblock = I can't see or change restricted entities here. You can, in the Microsoft Defender portal:
portal-unblock-open = Open
portal-unblock-page = Restricted entities
portal-unblock-choose = Choose the account, then Unblock.
portal-unblock-secure = Follow its recommendations: new password, MFA.
portal-unblock-submit = Submit, then Yes. Sending usually works again within 1 hour, at most within 24.
unfit-cannot-tell = I couldn't check the account first, so I changed nothing. { $why }

## What the tenant answered
fault-not-found = It was not found in Microsoft 365.
fault-denied = Microsoft 365 refused ({ $code }): I lack the permission or role for this, or the account is privileged. Do it in the Microsoft Entra admin center.
fault-not-licensed = The tenant has no licence for this look-up (Microsoft Entra ID P1 or P2).
fault-throttled = Microsoft 365 is limiting requests right now. Try again in a few minutes.
fault-throttled-for = Microsoft 365 is limiting requests right now. Try again in { $minutes } minute(s).
fault-rejected = Microsoft 365 rejected the request ({ $code }).
fault-unavailable = Microsoft 365 can't be reached right now. Try again in a few minutes.
fault-outcome-unknown = The connection broke before Microsoft 365 answered.
fault-credential = I couldn't sign in to Microsoft 365. Whoever runs me should check my credentials.

## What the person who asked is told
told-look-up = An administrator has looked at { $account }.
told-unblock-sender = Good news: an administrator has unblocked sending for { $account }. It usually works again within 1 hour, at most within 24.
told-reset-password = An administrator has set a new temporary password for { $account } and will give it to you in person or by phone, never by mail or chat. You'll choose your own at the next sign-in.
told-allow-sign-in = An administrator has allowed sign-in for { $account } again. It usually works within a few minutes. If it doesn't, allow up to 24 hours.
told-block-sign-in = An administrator has blocked sign-in for { $account } to protect it. Ask them or your help desk about the next steps.
told-revoke-sessions = An administrator has signed { $account } out everywhere to protect it. Within about an hour you'll be asked to sign in again on every device.
told-temporary-access-pass = An administrator has made a Temporary Access Pass for { $account } and will give it to you in person or by phone, never by mail or chat. It works once, to sign in and register your new phone (aka.ms/mysecurityinfo).
told-reset-mfa = An administrator has reset the sign-in methods of { $account }. At the next sign-in you'll be asked to register them again (aka.ms/mysecurityinfo).
told-disable-rules = An administrator has switched off inbox rules of { $account } that forwarded or hid mail, to protect it. If one of them was yours, tell them.
told-enable-rules = An administrator has switched inbox rules of { $account } on again.
told-clear-forwarding = An administrator has ended the mail forwarding of { $account } to protect it. If you set it up yourself, tell them.
told-revoke-consents = An administrator has taken back the access that applications had to { $account }. If you need one of them, it will ask you again.
told-dismiss-risk = An administrator has told Microsoft 365 that { $account } is safe again. Signing in works as usual within a few minutes.
told-confirm-compromised = An administrator has marked { $account } as compromised to protect it. Ask them or your help desk about the next steps.
told-unconfirmed = An administrator has done this for { $account }: { $action }. Microsoft 365 has accepted it, but it doesn't show yet. Please give it a few minutes.
told-in-progress = An administrator is working on { $account }. If you hear nothing within the hour, contact your help desk.
told-not-done = An administrator tried to help with { $account }, but it can't be done this way. They know why. If you don't hear from them, contact your help desk.
told-unknown = An administrator is working on { $account }, but Microsoft 365 hasn't confirmed the change. They are checking it.
told-closed = An administrator has closed your request about { $account } without changing anything. If you still need help, contact your help desk.

## Refusals
denied-not-an-administrator = This button is for administrators of this organisation. If you think you should be one, ask whoever runs Latchkey here. Your click changed nothing.
denied-not-this-action = You may not run this action. Ask a colleague who may, or use the Microsoft 365 admin center.
denied-cannot-tell-member = I couldn't look up your groups and roles in Entra just now, so I can't tell whether you may do this. Please try again in a few minutes, or use the Microsoft 365 admin center.
denied-not-this-target = You may do this, but not on this account. Ask a colleague who may, or use the Microsoft 365 admin center.
denied-own-account = This is your own account, so somebody else must do it. Ask a fellow administrator.
denied-target-gone = This account no longer exists in the tenant. Nothing was changed.
denied-cannot-tell = I couldn't make sure that this is allowed, so I changed nothing. { $why }
protected-listed = This account is protected: it can't be changed from chat. Use the Microsoft Entra admin center.
protected-operator = This account belongs to one of my own administrators, so it can't be changed from chat. Use the Microsoft Entra admin center.
protected-active-role = This account holds the administrator role { $name }, so it can't be changed from chat. Use the Microsoft Entra admin center.
protected-eligible-role = This account can activate the administrator role { $name }, so it can't be changed from chat. Use the Microsoft Entra admin center.
protected-role-group = This account belongs to the group { $name }, which gives administrator roles, so it can't be changed from chat. Use the Microsoft Entra admin center.
ticket-unknown = I don't know this button any more. Please ask me again.
ticket-expired = This button has expired. Please ask me again.
ticket-used = This was settled already. Nothing was done a second time.
ticket-elsewhere = This button belongs to another conversation. Please ask me again here.
ticket-not-yours = This button is for somebody else. Ask me yourself and you'll get your own.
command-needs-account = Which account? Write its address after the command, such as maria@contoso.com.

## The bot's own page
home-may = As an administrator you may: { $actions }.
home-requests = Requests that wait for an administrator, newest first:
home-no-requests = No request is waiting.
fact-address = Address
address-suggested = taken from their chat profile, which they can edit themselves: it doesn't prove who they are

## Proving who one is (Slack and Discord)
denied-not-linked = This is for administrators, and I don't know your Microsoft 365 account here yet. If you are one, write /latchkey link and sign in: it takes a minute, once. Nothing was changed.
link-begin = Sign in with your Microsoft 365 account, so that I know who you are. The page then shows a code: type it here, after /latchkey link.
link-open = Sign in
link-keep = This link is for you alone and is good for 10 minutes, once. Don't pass it on, and never type a code here that somebody sent you.
link-device = Sign in with your Microsoft 365 account, so that I know who you are:
link-device-then = When you have signed in, write /latchkey link here again.
link-device-minutes = The code is good for { $minutes } minutes. It is for you alone: don't pass it on.
link-device-narrow = This link was made with a device code. It counts for what you may do by your { $platform } account; what is given to your Microsoft 365 account alone needs a sign-in in the browser.
link-done = Done: you are linked to { $account } until { $until }.
link-code-wrong = That is not the code. You can try { $left } more times.
link-code-nothing = I have no code to compare that with: it was tried too often, its 10 minutes are over, or none was shown. Write /latchkey link to begin again.
link-none = You are not linked to a Microsoft 365 account. Write /latchkey link to begin.
link-expired = Your link expired at { $when }. Write /latchkey link to sign in again.
link-removed = Your link is removed. Write /latchkey link to make a new one.
link-unavailable = I can't link accounts here. Whoever runs me should set up [link] in my settings.
link-failed = I couldn't reach Microsoft's sign-in, or it said no. Please try again in a few minutes; if it goes on, tell whoever runs me.
link-not-needed = You need no link here: this platform tells me who you are.
link-account = Microsoft 365 account
link-since = Linked
link-until = Good until
link-how = Proved by
link-how-oidc = signing in, and a code typed in the chat
link-how-device-code = a device code
link-remove = To remove it, write /latchkey unlink.

## The pages of the sign-in
link-page-begin = Link your account
link-page-begin-what = You asked Latchkey to link this chat account to your Microsoft 365 account:
link-page-begin-warning = Is this not your own { $platform } account, or did somebody send you this link? Then close this page. Nothing has happened.
link-page-continue = Continue to Microsoft's sign-in
link-page-chat = { $platform } account
link-page-entra = Microsoft 365 account
link-page-code = One more step
link-page-type = To link these two, go back to { $platform } and write /latchkey link followed by this code:
link-page-minutes = It is good for 10 minutes. Until you type it, nothing is linked.
link-page-warning = Did you not write /latchkey link in { $platform } yourself? Then somebody wants to act in your name. Close this page, tell nobody the code, and tell your security team.
link-page-sorry = This didn't work
link-page-expired = This link has expired or was used already.
link-page-browser = This sign-in was not begun in this browser, so nothing was linked.
link-page-cancelled = The sign-in was not completed, so nothing was linked.
link-page-failed = Microsoft's sign-in could not be reached or said no, so nothing was linked.
link-page-refused = What came back from the sign-in is not good for this organisation, so nothing was linked. Sign in with your work account of this organisation.
link-page-again = Go back to the chat and write /latchkey link to begin again.

## A second person
needs-second = This takes a second person. Once you confirm, I ask your fellow administrators; nothing changes before one of them approves.
waiting-for-second = I have asked your fellow administrators. Nothing has changed yet: one of them must approve within 30 minutes.
no-second = This takes a second person, and I have no administrators' conversation to ask in. Use the Microsoft Entra admin center. Nothing was changed.
fact-proposed-by = Confirmed by
fact-about = About
approval-title = A second person is needed: { $action }
approval-think = Please approve only if you know that this is right, by asking the person on a number or in a place that you already know, not on one that they gave just now. It must be somebody other than whoever confirmed it or asked for it. After 30 minutes this lapses.
approval-hand-over = If you approve, you alone will see the temporary password, once, and you give it to { $name } yourself.
approve = Approve
reject = Reject
first-may-not = Whoever confirmed this may not do it any more, so it can't be approved. Start again from the request if it is still needed. Nothing was changed.
by-two = { $first }, approved by { $second } · { $name } ({ $account }) · { $when }
outcome-rejected = Rejected, nothing changed: { $action }
rejected-by = Confirmed by { $first }, rejected by { $second } · { $account } · { $when }
denied-same-person = You confirmed this yourself, so somebody else must approve it. Ask a fellow administrator.
denied-own-request = You asked for this yourself, so somebody else must approve it. Ask a fellow administrator.
denied-cannot-tell-apart = I can't tell whether you and the others in this are different people, so I changed nothing. Link your account with “/latchkey link”, and have them do the same; then try again.

## Limits and the kill switch
limit-administrator = You have changed as many accounts as one administrator may within an hour. There is room again at { $until }; until then, ask a colleague or use the Microsoft 365 admin center.
limit-tenant = As many accounts as are allowed within an hour were changed from chat. There is room again at { $until }; until then, use the Microsoft 365 admin center.
limit-target = The same was done to this account a moment ago. If it must be done again, it can be from { $until }.
denied-frozen = All actions are stopped since { $since }. Nothing was changed. Use the Microsoft 365 admin center, and ask whoever runs Latchkey why.
denied-store-failed = I couldn't read my own records, so I changed nothing. Try again in a few minutes, or use the Microsoft 365 admin center.
frozen-now = { $name } has stopped all actions ({ $when }), those that wait for a second person included. I go on answering questions. Whoever runs Latchkey lets them run again with “latchkey thaw”.
frozen-already = All actions are stopped already.

## Rehearsal
rehearsal-note = Rehearsal: everything happens but the change itself. No account is touched.
outcome-rehearsed = Rehearsed, nothing changed: { $action }
rehearsed = This is as far as it goes while dry_run is on in the settings. Microsoft 365 was not asked to change anything.

## After a restart
resumed-proposed = I was restarted. What you confirmed for { $account } waits for a second person: { $action }.
resumed-started = I was restarted while “{ $action }” was running for { $account } ({ $when }). I don't know whether it happened, and I have not repeated it. Please check the account.
resumed-unknown = I was restarted while “{ $action }” was running for { $account } ({ $when }). I don't know whether it happened, and I have not repeated it. Please check the account.
resumed-succeeded = I was restarted. This was done before, for { $account }: { $action } ({ $when }). I have not repeated it.
resumed-unconfirmed = I was restarted. Microsoft 365 had accepted this for { $account } before, but did not show it yet: { $action } ({ $when }). I have not repeated it. Please check the account.
resumed-failed = I was restarted. This was not done for { $account }: { $action } ({ $when }). Nothing was changed.
resumed-rehearsed = I was restarted. This was rehearsed for { $account }: { $action } ({ $when }). Nothing was changed.
resumed-rejected = I was restarted. This was rejected for { $account }: { $action } ({ $when }). Nothing was changed.
resumed-voided = I was restarted. { $action } was done for { $account } ({ $when }), but the password could not be shown. Reset it again.
resumed-secret = If nobody was shown the password, it is lost: reset it again.

## Telling the owner of an account
notice-nobody = The account's owner is not told of this by mail: no service mailbox is set. Tell them yourself.
notice-told = The account's owner was told by mail: { $where }.
notice-told-in-part = The account's owner was told by mail: { $where }, but not everywhere. { $why }
notice-not-told = Owner not notified: { $why } Please call them, on a number that you already know.
notice-mailbox = their own mailbox
notice-no-address = The directory knows no address at which they get mail.
notice-interrupted = I was restarted while I was writing to them. I don't know whether the mail went out, and don't send it a second time.
notice-after-restart = I was restarted after “{ $action }” for { $account } ({ $when }).
letter-subject = Your work account: { $action }
letter-greeting = Hello { $name },
letter-reset-password = the password of your work account { $account } was reset by your organisation's administrators. The old one no longer works.
letter-allow-sign-in = signing in to your work account { $account } was allowed again by your organisation's administrators.
letter-temporary-access-pass = a Temporary Access Pass was made for your work account { $account } by your organisation's administrators. Whoever holds it can sign in once.
letter-reset-mfa = the sign-in methods of your work account { $account } were removed by your organisation's administrators. They must be registered again at the next sign-in.
letter-perhaps = Microsoft 365 has not confirmed all of it yet, so it may not have happened.
letter-voided = What came of it was shown to nobody and has been made worthless.
letter-by = Done by: { $administrator }, administrator.
letter-by-two = Done by: { $first }, administrator; approved by: { $second }, administrator.
letter-when = When: { $when }.
letter-unexpected = If you asked for this, there is nothing to do. If you did not, call your help desk at once, on the number that you already know. Don't reply to this mail, and don't call a number that somebody gives you now.
letter-closing = This mail holds no link and asks you for nothing. Nobody from your help desk will ask for your password.

## Proof of the requester
not-proved-not-asked = Before this gives anybody access, somebody must show that the account's owner is behind the request. Being the one who asks in a chat proves nothing.
not-proved-waiting = I have asked for proof that the account's owner is behind this, and nobody has answered yet. I'll tell the administrators as soon as somebody does.
not-proved-lapsed = There is no proof any more that the account's owner is behind this: it was not given in time, or too long ago. Have the person ask again, or meet them in person or by video and use the Microsoft Entra admin center.
not-proved-denied = It was said that the account's owner is not behind this request, so it is stopped. If that was a mistake, meet the person and have them ask again.
not-proved-own-word = You gave your word for this as their manager, so other administrators must do the rest. Ask a fellow administrator.
not-proved-cannot-tell-apart = I can't tell whether you are the manager who gave their word for this, so I changed nothing. Link your account with “/latchkey link”, then try again.
proof-ask-manager = Ask their manager
proof-ask-manager-what = I can ask the owner's manager, as the directory names them, in their own chat with me. They have 60 minutes.
proof-send-code = Send a code
proof-send-code-what = I can send a code to an address that the directory already knows and that is not the locked mailbox. It counts for 10 minutes.
proof-there = It is proved already that the account's owner is behind this.
proof-shown-manager = Confirmed by the owner's manager: { $name }.
proof-shown-code = Proved by a code that was sent to { $to }.
proof-manager-asked = I have asked { $name }, the owner's manager. They have 60 minutes; I'll tell the administrators what they say. Nothing has changed yet.
proof-manager-title = Is this really { $name }?
proof-manager-requested = Somebody who says that it is about the account { $account } ({ $name }) asks for help with it: { $requester }, on { $platform }. The directory names you as that person's manager. An administrator ({ $administrator }) wants to do this: { $action }.
proof-manager-commanded = An administrator ({ $administrator }) wants to do this for the account { $account } ({ $name }), whose manager you are in the directory: { $action }.
proof-manager-think = Please say yes only after speaking with them now, in person or on a number that you already know. Attackers pose as employees in a hurry. If you are not sure, say no: nothing is lost, and they can ask again. This lapses after 60 minutes.
proof-manager-yes = Yes, I have spoken with them
proof-manager-no = No, stop it
proof-manager-thanks = Thank you. I have told the administrators that you confirmed it. Nothing has changed yet: they decide.
proof-manager-stopped = Thank you. The request is stopped, and the administrators know.
proof-manager-may-not = I can't take your answer: either the directory no longer names you as the manager, or I can't be sure that it is you, or you are part of this request. Tell your administrators in person.
proof-given-manager = { $name } has confirmed, as the manager, that the owner of { $account } is behind the request. You can go on.
proof-given-code = The request about { $account } is proved: { $name } knew the code that was sent to an address which the directory knows. You can go on.
proof-code-failed = Somebody ({ $name }) tried wrong codes for { $account } until none was left. Treat the request with suspicion: call the owner on a number that you already know.
proof-denied-title = Request stopped, nothing changed
proof-denied = The manager ({ $name }) says that the owner of { $account } is not behind this request, so it is stopped. Somebody may be posing as them: call the owner on a number that you already know.
proof-enter-code = An administrator can help once it is sure that it is you. I have sent a code to { $to }. Please enter it here within 10 minutes. Nobody will ask you for it in any other place.
proof-enter-code-for-owner = I have sent a code to { $to }. Have the owner read it to you and enter it here within 10 minutes. Call them yourself, on a number that you already know.
proof-code-field = Code
proof-code-send = Enter the code
proof-code-sent = I have sent a code to { $to } and asked the person for it. I'll tell the administrators when it is right. Nothing has changed yet.
proof-code-right = Thank you, the code is right. I have told the administrators.
proof-code-wrong = That is not the code. You can try { $left } more time(s).
proof-code-nothing = There is no code to compare with any more: it was used, its 10 minutes are over, it was tried too often, or I was restarted. Ask your help desk in person.
no-way-no-manager = The directory names no manager for this account.
no-way-manager-asks = The account's manager in the directory is the person who asks, and nobody can vouch for their own request.
no-way-manager-acts = The account's manager in the directory is you, so you can't be the administrator as well. Ask a fellow administrator.
no-way-cannot-tell-apart = I can't tell whether you are the account's manager. Link your account with “/latchkey link”, then try again.
no-way-not-reachable = I can't reach the account's manager in any chat in which I know that it is them. On Slack and Discord they must have linked their account with “/latchkey link”.
no-way-no-address = The directory knows no address of this person but the locked mailbox.
no-way-no-mailbox = I have no mailbox to send a code from. Whoever runs me should set service_mailbox.
no-way-too-many = Proof was asked for too often within an hour. Wait an hour.
no-way-before = Proof was asked for this request before.
no-way-cannot-tell = I couldn't have it proved. { $why }
no-way-instead = Nothing was changed. Meet the person, face to face or by video with somebody who knows them, and do it in the Microsoft Entra admin center.
letter-code-subject = Your code for the help desk
letter-code = somebody asked for help with signing in to your work account { $account }. If that was you, this is your code, good for { $minutes } minutes:
letter-code-type = Type it in the chat where you asked for help. Don't tell it to anybody, not even to an administrator.
letter-code-say = Read it to your administrator, { $administrator }, if you are speaking with them now. Tell it to nobody else.
letter-code-unexpected = If you did not ask for help, tell nobody this code, and call your help desk at once on the number that you already know. Don't reply to this mail. It holds no link.
