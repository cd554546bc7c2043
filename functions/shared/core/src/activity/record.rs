//! The members of a CloudTrail record that a notice is made of, borrowed from the log line.
//!
//! Nothing else of a record is kept: credentials, tokens and parameters are skipped unread. An access key's id is no
//! credential, and what is needed to deactivate the key.
//! Source: CloudTrail user guide, "CloudTrail record contents" and "userIdentity element".

use super::lax::{Text, lax_struct};

lax_struct!(
    /// One record.
    Record {
        user_identity: Element<'a> = "userIdentity",
        event_time: Text<'a> = "eventTime",
        event_source: Text<'a> = "eventSource",
        event_name: Text<'a> = "eventName",
        aws_region: Text<'a> = "awsRegion",
        source_ip: Text<'a> = "sourceIPAddress",
        user_agent: Text<'a> = "userAgent",
        error_code: Text<'a> = "errorCode",
        error_message: Text<'a> = "errorMessage",
        response: Response<'a> = "responseElements",
        details: Response<'a> = "serviceEventDetails",
        parameters: Parameters<'a> = "requestParameters",
        additional: Additional<'a> = "additionalEventData",
        event_id: Text<'a> = "eventID",
        recipient_account: Text<'a> = "recipientAccountId",
        endpoint_account: Text<'a> = "vpcEndpointAccountId",
        drill: Text<'a> = "yakeiDrill",
    }
);

lax_struct!(
    /// `userIdentity`: who made the call.
    Element {
        kind: Text<'a> = "type",
        user_name: Text<'a> = "userName",
        principal_id: Text<'a> = "principalId",
        arn: Text<'a> = "arn",
        account_id: Text<'a> = "accountId",
        access_key: Text<'a> = "accessKeyId",
        invoked_by: Text<'a> = "invokedBy",
        identity_provider: Text<'a> = "identityProvider",
        session: Session<'a> = "sessionContext",
        on_behalf_of: OnBehalfOf<'a> = "onBehalfOf",
    }
);

lax_struct!(
    /// `sessionContext` of temporary credentials.
    Session {
        issuer: Issuer<'a> = "sessionIssuer",
        attributes: Attributes<'a> = "attributes",
        source_identity: Text<'a> = "sourceIdentity",
        assumed_root: Text<'a> = "assumedRoot",
    }
);

lax_struct!(
    /// `sessionIssuer`: the role or user whose credentials made the session.
    Issuer {
        kind: Text<'a> = "type",
        user_name: Text<'a> = "userName",
        arn: Text<'a> = "arn",
        account_id: Text<'a> = "accountId",
    }
);

lax_struct!(
    /// `attributes` of a session.
    Attributes {
        mfa: Text<'a> = "mfaAuthenticated",
    }
);

lax_struct!(
    /// `onBehalfOf`: the IAM Identity Center user behind the call.
    OnBehalfOf {
        user_id: Text<'a> = "userId",
    }
);

lax_struct!(
    /// `responseElements`, or `serviceEventDetails` of what AWS does by itself: only the verdicts of sign-in events, and the role
    /// that the access portal lets somebody use.
    Response {
        sign_in: Text<'a> = "ConsoleLogin" | "SwitchRole" | "ExitRole" | "RenewRole" | "CheckMfa" | "CredentialChallenge"
            | "CredentialVerification" | "UserAuthentication" | "PasswordRecoveryRequested" | "PasswordRecoveryCompleted"
            | "PasswordUpdated" | "GetSigninToken",
        role: Text<'a> = "role_name",
        account: Text<'a> = "account_id",
    }
);

lax_struct!(
    /// `requestParameters`: only of whom a root session was asked for.
    Parameters {
        target: Text<'a> = "targetPrincipal",
    }
);

lax_struct!(
    /// `additionalEventData`: only what sign-in events say in it.
    Additional {
        mfa_used: Text<'a> = "MFAUsed",
        mfa_type: Text<'a> = "MfaType",
        switch_from: Text<'a> = "SwitchFrom",
        user_name: Text<'a> = "UserName",
        workflow: Text<'a> = "AuthWorkflowID",
        login_to: Text<'a> = "LoginTo",
        credential: Text<'a> = "CredentialType",
        success: Text<'a> = "success",
    }
);
