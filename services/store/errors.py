"""Everything that can go wrong with a model store. `code` is stable, the message says what to do.

StoreError               store_error
├── BadStoreUrl          bad_store_url          not a URL of a store that we can use
├── BadStoreSetting      bad_store_setting      an FVI_STORE_* variable or an option cannot be used
├── BadName              bad_name               no name of a model, or no number of a version
├── StoreUnavailable     store_unavailable      no answer, or a broken one, for too long: try again later
├── AccessDenied         access_denied          wrong, missing or too weak credentials
├── NoSuchStore          no_such_store          no such bucket or folder
├── NoSuchVersion        no_such_version        the store has no such version (any more)
├── VersionExists        version_exists         versions never change
├── UnfinishedVersion    unfinished_version     other files of this version are there, but no manifest
├── CorruptVersion       corrupt_version        a version is not what its manifest says, or the manifest is none
│   └── VersionTooLarge  version_too_large      the manifest asks for more than our limits allow
├── UntrustedVersion     untrusted_version      no signature by one of our public keys
├── BadFolder            bad_folder             what should be published cannot be
├── CannotWrite          cannot_write           the disk refuses: permissions, read-only, broken
│   └── NoSpace          no_space               it has no room for the version
├── FetchInProgress      fetch_in_progress      another process is fetching to the same place
└── DestinationExists    destination_exists     something is where the version should go
"""


class StoreError(Exception):
    """Base of all errors of services.store."""

    code = "store_error"


class BadStoreUrl(StoreError):
    """Not the URL of a store that we can use."""

    code = "bad_store_url"


class BadStoreSetting(StoreError):
    """An FVI_STORE_* variable or an option cannot be used."""

    code = "bad_store_setting"


class BadName(StoreError):
    """No name of a model, or no number of a version."""

    code = "bad_name"


class StoreUnavailable(StoreError):
    """The store gave no answer, or only broken ones, for longer than we wait. Later it may."""

    code = "store_unavailable"


class AccessDenied(StoreError):
    """The store does not let us do this: wrong, missing or too weak credentials."""

    code = "access_denied"


class NoSuchStore(StoreError):
    """There is no such bucket or folder."""

    code = "no_such_store"


class NoSuchVersion(StoreError):
    """The store has no such version, or not any more."""

    code = "no_such_version"


class VersionExists(StoreError):
    """The store has this version already, and versions never change."""

    code = "version_exists"


class UnfinishedVersion(StoreError):
    """Files of another, unfinished publish of this version are in the store."""

    code = "unfinished_version"


class CorruptVersion(StoreError):
    """A version is not what its manifest says, or its manifest is none."""

    code = "corrupt_version"


class VersionTooLarge(CorruptVersion):
    """The manifest asks for more bytes or files than our limits allow."""

    code = "version_too_large"


class UntrustedVersion(StoreError):
    """The manifest is not signed by any of the configured public keys."""

    code = "untrusted_version"


class BadFolder(StoreError):
    """What should be published is no version, or changed meanwhile."""

    code = "bad_folder"


class CannotWrite(StoreError):
    """The disk refuses to hold the version."""

    code = "cannot_write"


class NoSpace(CannotWrite):
    """The disk has no room for the version."""

    code = "no_space"


class FetchInProgress(StoreError):
    """Another process is fetching to the same destination."""

    code = "fetch_in_progress"


class DestinationExists(StoreError):
    """Something is already where the version should go."""

    code = "destination_exists"
