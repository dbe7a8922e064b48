// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// The newest head of one anchor log. It only grows: whoever deployed it can add a larger tree, and nothing else.
/// There is no proxy, no owner to change and no way to take anything back. A new operator is a new contract.
contract AssayAnchor {
    /// Who may anchor: whoever deployed it.
    address public immutable operator;
    /// SHA-256 of the anchor log's verifier key, as text.
    bytes32 public immutable log;

    /// Leaves of the newest tree, and its root (RFC 6962, SHA-256).
    uint64 public size;
    bytes32 public root;

    /// `note` is the SHA-256 of the signed checkpoint.
    event Anchored(uint64 indexed size, bytes32 root, bytes32 note);

    error NotOperator();
    /// The tree has no more leaves than the newest one.
    error NotGrowing(uint64 size);
    /// The newest tree has as many leaves and another root: the log has two histories.
    error OtherRoot(bytes32 root);

    constructor(bytes32 log_) {
        operator = msg.sender;
        log = log_;
    }

    function anchor(uint64 size_, bytes32 root_, bytes32 note) external {
        if (msg.sender != operator) revert NotOperator();
        if (size_ == size && root_ != root) revert OtherRoot(root);
        if (size_ <= size) revert NotGrowing(size);
        size = size_;
        root = root_;
        emit Anchored(size_, root_, note);
    }
}
