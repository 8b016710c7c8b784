namespace SimClr.Protocols;

/// <summary>How features are turned into an accuracy.</summary>
public enum EvaluationProtocol
{
    /// <summary>k nearest neighbours.</summary>
    Knn,

    /// <summary>Softmax regression to its optimum on cached features.</summary>
    Linear,

    /// <summary>SGD on cached features, SimCLR's rates.</summary>
    LinearSgd,

    /// <summary>Adam on cached features.</summary>
    LinearAdam,

    /// <summary>SGD on augmented images, the encoder frozen.</summary>
    Augmented,
}
