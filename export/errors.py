"""Why nothing was exported."""


class ExportError(Exception):
    """Nothing was written. `code` is stable; the message says what to do."""

    code = "export_failed"


class VersionExists(ExportError):
    """The store has this version already, and versions never change."""

    code = "version_exists"


class NoWeights(ExportError):
    """There are no weights to export, or they are another network's."""

    code = "no_weights"


class SignatureMismatch(ExportError):
    """The network does not give what `contract.SPEC` promises."""

    code = "signature_mismatch"


class ParityFailed(ExportError):
    """The SavedModel does not answer as the Keras model does."""

    code = "parity_failed"
